"""Videos made of a finished one: another, an edited or a better one, the next shot."""

from collections.abc import Sequence

import discord
from typing_extensions import override

from bot.domain.catalogue.models import KIND_INPUTS, Catalogue, Kind
from bot.domain.jobs.job import Job, Relation
from bot.domain.options import Options
from bot.domain.text import clean
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.access.maker_or_moderator import parent_of
from bot.ui.access.uses import Use
from bot.ui.actions.start import source_and_place, start_request
from bot.ui.client import bot_of
from bot.ui.controls.modals import GatedModal, open_modal
from bot.ui.messages.names import read_options
from bot.ui.types import AnyInteraction

_LONGEST_TYPED = 4000
"""Characters that a field of a modal takes at most."""
_MOST_FIELDS = 5
_QUESTIONS = {"prompt": "What happens in the video?", "negative_prompt": "What to keep out of it"}


async def derive_video(
    interaction: AnyInteraction,
    job_id: int,
    relation: Relation,
    options: Options | None = None,
) -> None:
    """Start a video derived from a job, for the member who asks. Raises Refusal."""
    derive = bot_of(interaction).services.videos.derive
    source, place = source_and_place(interaction)
    parent = await parent_of(interaction, job_id)
    options = parent.options if options is None else read_options(interaction, options)
    await start_request(interaction, derive.request(parent, source, place, relation, options))


async def open_derive_form(interaction: AnyInteraction, job_id: int, relation: Relation) -> None:
    """Open the modal that asks for words. Raises Refusal before anybody types in vain."""
    bot = bot_of(interaction)
    derive, catalogue = bot.services.videos.derive, bot.services.videos.offer.catalogue
    check_permissions(interaction)
    source, place = source_and_place(interaction)
    parent = await parent_of(interaction, job_id)
    request = derive.request(parent, source, place, relation, parent.options)
    catalogue.choose(request.kind, None)
    await derive.check(request)
    custom_id = f"{bot.epoch}{relation}:{interaction.id}"
    if relation is Relation.EDIT:
        modal: GatedModal = EditModal(parent, catalogue, custom_id)
    else:
        modal = ContinueModal(parent, custom_id)
    await open_modal(interaction, modal)


class _DeriveModal(GatedModal, use=Use.MAKES):
    """Asks for the options of a video derived from `parent`."""

    def __init__(self, title: str, parent: Job, relation: Relation, custom_id: str):
        super().__init__(title=title, custom_id=custom_id)
        self.parent = parent
        self.relation = relation

    def options(self) -> Options:
        """Return the options as they were filled in."""
        raise NotImplementedError

    @override
    async def submitted(self, interaction: AnyInteraction, /) -> None:
        await derive_video(interaction, self.parent.id, self.relation, self.options())


class ContinueModal(_DeriveModal, use=Use.MAKES):
    """Asks what happens next."""

    def __init__(self, parent: Job, custom_id: str):
        super().__init__(f"Continue video #{parent.id}", parent, Relation.CONTINUE, custom_id)
        self.prompt = _text_input("prompt", "", needed=KIND_INPUTS[Kind.IMAGE].needs_prompt)
        self.add_item(
            discord.ui.Label(
                text="What happens next?",
                description="The next shot begins with the last picture of this one.",
                component=self.prompt,
            )
        )

    @override
    def options(self) -> Options:
        return Options(prompt=self.prompt.value)


class EditModal(_DeriveModal, use=Use.MAKES):
    """Asks for the same with other words, length, resolution or model."""

    def __init__(self, parent: Job, catalogue: Catalogue, custom_id: str):
        super().__init__(f"Edit video #{parent.id}", parent, Relation.EDIT, custom_id)
        self.prompt = _text_input(
            "prompt", parent.options.prompt, needed=KIND_INPUTS[parent.kind].needs_prompt
        )
        self.negative = _text_input("negative", parent.options.negative_prompt or "", needed=False)
        self.add_item(discord.ui.Label(text=_QUESTIONS["prompt"], component=self.prompt))
        self.add_item(discord.ui.Label(text=_QUESTIONS["negative_prompt"], component=self.negative))
        models = catalogue.of(parent.kind)
        model = catalogue.get(parent.model) or models[0]
        self.model = self._add_select("Model", [offered.name for offered in models], model.name)
        self.duration = self._add_select(
            "Seconds", [*map(str, catalogue.durations(parent.kind))], str(parent.seconds)
        )
        self.resolution = self._add_select(
            "Resolution", catalogue.resolutions(parent.kind), parent.resolution
        )
        effect = str(parent.arguments.get("pikaffect", ""))
        self.effect = self._add_select("Effect", model.effects, effect)

    def _add_select(
        self, text: str, offered: Sequence[str], now: str | None
    ) -> discord.ui.Select[discord.ui.Modal] | None:
        """Add a select, where there is a choice and room for it; return it."""
        if len(offered) <= 1 or len(self.children) == _MOST_FIELDS:
            return None
        options = [
            discord.SelectOption(label=name, value=name, default=name == now) for name in offered
        ]
        select = discord.ui.Select[discord.ui.Modal](
            custom_id=text.lower(), options=options, required=now in offered
        )
        self.add_item(discord.ui.Label(text=text, component=select))
        return select

    @override
    def options(self) -> Options:
        duration = _selected(self.duration)
        before = self.parent.options
        # Looks and the like stay as they were, as far as they are still offered.
        return Options(
            prompt=self.prompt.value,
            negative_prompt=self.negative.value or None,
            model=_selected(self.model),
            duration=None if duration is None else int(duration),
            resolution=_selected(self.resolution),
            effect=_selected(self.effect),
            seed=before.seed,
            transitions=before.transitions,
            modify_region=before.modify_region,
        )


def _text_input(
    custom_id: str, value: str, *, needed: bool
) -> discord.ui.TextInput[discord.ui.Modal]:
    return discord.ui.TextInput[discord.ui.Modal](
        custom_id=custom_id,
        style=discord.TextStyle.paragraph,
        default=clean(value)[:_LONGEST_TYPED] or None,
        required=needed,
        max_length=_LONGEST_TYPED,
    )


def _selected(select: discord.ui.Select[discord.ui.Modal] | None) -> str | None:
    return select.values[0] if select is not None and select.values else None
