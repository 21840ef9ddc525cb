"""`unsup-asr recipes`: which recipes there are."""

from argparse import ArgumentParser, Namespace
from importlib.resources import files
from typing import Any

from unsup_asr.cli.status import DONE


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    summary = "list the recipes"
    parser: ArgumentParser = commands.add_parser("recipes", help=summary, description=summary)
    return parser


def execute(arguments: Namespace) -> int:
    """Print a line for each recipe."""
    recipes = available_recipes()
    width = max(map(len, recipes))
    for name, summary in recipes.items():
        print(f"{name:{width}}  {summary}")
    return DONE


def available_recipes() -> dict[str, str]:
    """What each recipe is, by name: the comment at the head of its configuration."""
    configs = {folder.name: folder / "config.yaml" for folder in files("recipes").iterdir()}
    return {
        name: config.read_text(encoding="utf-8").split("\n")[0].lstrip("# ")
        for name, config in sorted(configs.items())
        if config.is_file()
    }
