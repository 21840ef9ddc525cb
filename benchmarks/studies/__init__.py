"""Studies: many runs of the recipes, each done once, and tables made of their figures.

    python -m benchmarks.studies plan|run|table STUDY… --out FOLDER

`plan.py` says what a study is, `runner.py` carries it out, `records.py` keeps a line a run in `study.jsonl`,
`statistics.py` has what is computed of them, `page.py` puts tables into documents; `ablation.py`,
`model_selection.py` and `seeds.py` declare the studies and lay out their tables.
"""
