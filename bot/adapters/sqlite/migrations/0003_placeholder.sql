-- placeholder until the merge
SELECT 1;
