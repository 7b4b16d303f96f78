"""`tripoint completion`: a shell's completion script, made from what the command line takes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

from msgspec import Struct

from tripoint.commands.arguments import make_parser
from tripoint.commands.outcome import Outcome, Screen
from tripoint.rules import load_rules

__all__ = ["run"]


class _Option(Struct, frozen=True):
    """An option of a command. `choices` None says that it takes no value; empty that it takes a file or free text."""

    flags: tuple[str, ...]
    help: str
    choices: tuple[str, ...] | None


class _Command(Struct, frozen=True):
    name: str
    help: str
    options: tuple[_Option, ...]
    words: tuple[str, ...] | None
    """What may stand as an argument; empty for a path, None for nothing."""


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return the script for one shell, to be sourced or put where the shell looks for it."""
    commands = list(_commands())
    return Outcome({"bash": _bash, "zsh": _zsh, "fish": _fish}[arguments.shell](commands))


def _commands() -> Iterator[_Command]:
    rules = tuple(sorted(rule.name for rule in load_rules()))
    for action in make_parser()._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        told = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, parser in action.choices.items():
            options = tuple(_option(a, rules) for a in parser._actions if a.option_strings)
            positional = next((a for a in parser._actions if not a.option_strings), None)
            words: tuple[str, ...] | None = None
            if positional is not None:
                words = rules if positional.dest == "rule" else tuple(positional.choices or ())
            yield _Command(name, told.get(name, ""), options, words)


def _option(action: argparse.Action, rules: tuple[str, ...]) -> _Option:
    choices: tuple[str, ...] | None = None
    if action.nargs != 0:
        choices = rules if action.metavar in ("RULE", "RULES") else tuple(map(str, action.choices or ()))
    return _Option(tuple(action.option_strings), (action.help or "").replace("%%", "%"), choices)


def _bash(commands: list[_Command]) -> str:
    cases, values = [], []
    for command in commands:
        flags = " ".join(flag for option in command.options for flag in option.flags)
        words = " ".join(command.words or ())
        cases.append(f"    {command.name}) flags={shlex.quote(flags)}; words={shlex.quote(words)} ;;")
        for option in command.options:
            if option.choices:
                pattern = "|".join(f"{command.name}:{flag}" for flag in option.flags)
                choices = shlex.quote(" ".join(option.choices))
                values.append(f'    {pattern}) COMPREPLY=($(compgen -W {choices} -- "$word")); return ;;')
            elif option.choices is not None:
                pattern = "|".join(f"{command.name}:{flag}" for flag in option.flags)
                values.append(f'    {pattern}) COMPREPLY=($(compgen -f -- "$word")); return ;;')
    names = shlex.quote(" ".join(command.name for command in commands))
    return "\n".join(
        [
            '# Completion of tripoint for bash: eval "$(tripoint completion bash)"',
            "_tripoint() {",
            "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}",
            "  local flags='' words=''",
            '  if [ "$COMP_CWORD" -eq 1 ]; then',
            f"    COMPREPLY=($(compgen -W {names}' --version --help' -- \"$word\")); return",
            "  fi",
            '  case "$command:$before" in',
            *values,
            "  esac",
            '  case "$command" in',
            *cases,
            "  esac",
            '  case "$word" in',
            '    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;',
            '    *) if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word"))',
            '       else COMPREPLY=($(compgen -f -- "$word")); fi ;;',
            "  esac",
            "}",
            "complete -o filenames -F _tripoint tripoint",
            "",
        ]
    )


def _zsh(commands: list[_Command]) -> str:
    lines = [
        "#compdef tripoint",
        '# Completion of tripoint for zsh: eval "$(tripoint completion zsh)"',
        "_tripoint() {",
    ]
    lines += ["  local -a commands", "  commands=("]
    lines += [f"    {shlex.quote(f'{command.name}:{command.help}')}" for command in commands]
    lines += [
        "  )",
        "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
        '  local command="${words[2]}"',
        "  shift words; (( CURRENT-- ))",
        '  case "$command" in',
    ]
    for command in commands:
        specs = [_zsh_spec(flag, option) for option in command.options for flag in option.flags]
        if command.words is not None:
            specs.append(shlex.quote(f"1:argument:({' '.join(command.words)})" if command.words else "1:folder:_files"))
        lines.append(f"    {command.name}) _arguments {' '.join(specs)} ;;")
    return "\n".join([*lines, "  esac", "}", "compdef _tripoint tripoint", ""])


def _zsh_spec(flag: str, option: _Option) -> str:
    said = option.help.translate(str.maketrans("[]:", "() "))
    spec = f"{flag}[{said}]"
    if option.choices is not None:
        spec += f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    return shlex.quote(spec)


def _fish(commands: list[_Command]) -> str:
    lines = ["# Completion of tripoint for fish: tripoint completion fish | source"]
    for command in commands:
        lines.append(
            f"complete -c tripoint -n __fish_use_subcommand -f -a {command.name} -d {_fish_quoted(command.help)}"
        )
        here = f"complete -c tripoint -n '__fish_seen_subcommand_from {command.name}'"
        if command.words:
            lines.append(f"{here} -f -a {_fish_quoted(' '.join(command.words))}")
        for option in command.options:
            flags = " ".join(f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags)
            value = "" if option.choices is None else " -r"
            if option.choices:
                value = f" -x -a {_fish_quoted(' '.join(option.choices))}"
            lines.append(f"{here} {flags}{value} -d {_fish_quoted(option.help)}")
    return "\n".join([*lines, ""])


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
