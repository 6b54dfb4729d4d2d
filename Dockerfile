# The bot in a container: `docker build -t pika-bot .`, see README.md. `make pin-image` writes the
# digest of the base image here.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS packages
RUN python3 -m venv /venv
COPY requirements/bot.txt /tmp/bot.txt
# Nothing is installed later, so what installs (some 20 MB) stays behind.
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/bot.txt \
    && /venv/bin/pip uninstall --yes --quiet setuptools pip

FROM ${PYTHON_IMAGE}
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIKA_DATABASE__PATH=/data/pika.db \
    PIKA_ARCHIVE__URL=file:/data/videos
RUN groupadd --gid 10001 pika \
    && useradd --uid 10001 --gid pika --no-create-home --shell /usr/sbin/nologin \
        --home-dir /app pika \
    && install --directory --owner=pika --group=pika --mode=0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY LICENSE ./
COPY licences licences
COPY config.toml models.toml ./
COPY cogs cogs
COPY bot bot
# Nobody can write later what Python compiles, and the base image leaves out its library's.
RUN python -m compileall -q bot cogs \
    && python -m compileall -q "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
USER pika
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
