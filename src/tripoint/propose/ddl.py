"""Plans → SQL in the project's own style, every choice with its reason as a comment."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.hidden import visible
from tripoint.model.name import Name, quote_identifier
from tripoint.propose.draft import ColumnPlan, IndexPlan, PolicyPlan, TablePlan, TriggerPlan
from tripoint.propose.style import Style

__all__ = ["column_definition", "comment", "foreign_key", "index", "policy", "row_security", "table", "trigger"]

_WIDTH = 110


def comment(text: str) -> str:
    """Return `text` as lines of SQL comment; nothing in it can end the comment, or is not seen."""
    import textwrap

    shown = visible(" ".join(text.split()))
    # No name is taken apart, also where it has a hyphen.
    lines = textwrap.TextWrapper(_WIDTH, "-- ", "-- ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines.wrap(shown))


def table(plan: TablePlan, style: Style, *, repeatable: bool = False) -> str:
    """Return the statements that make a table; `repeatable` ones change nothing where it is there already."""
    word = style.keyword
    exists = word("if not exists ") if style.table_if_not_exists or repeatable else ""
    lines: list[tuple[str, str]] = []
    for column in plan.columns:
        inline = plan.key == (column.name,)
        reasons = [*column.reasons, *([plan.key_reason] if inline and plan.key_reason else [])]
        lines.append((column_definition(column, style, primary=inline), "; ".join(reasons)))
    if len(plan.key) > 1:
        lines.append((f"{word('primary key')} {style.columns(plan.key)}", plan.key_reason))
    lines += [(f"{word('unique')} {style.columns(columns)}", reason) for columns, reason in plan.uniques]
    body = []
    for number, (text, reason) in enumerate(lines, 1):
        comma = "," if number < len(lines) else ""
        reason = " ".join(reason.split())
        if reason and len(text) + len(reason) > _WIDTH:
            body += [style.indent + line for line in comment(reason).split("\n")]
            reason = ""
        body.append(f"{style.indent}{text}{comma}" + (f" -- {reason}" if reason else ""))
    parts = [
        *(comment(remark) for remark in plan.remarks),
        f"{word('create table')} {exists}{style.name(plan.name)} (\n" + "\n".join(body) + "\n);",
    ]
    text = "\n".join(parts)
    blocks = [text, *(index(one, plan.name, style, repeatable=repeatable) for one in plan.indexes)]
    if plan.row_security is not None:
        blocks.append(f"{comment(plan.row_security)}\n{row_security(plan.name, style)}")
    policies = [policy(one, plan.name, style, repeatable=repeatable) for one in plan.policies]
    if policies and plan.policy_reason:
        policies[0] = f"{comment(plan.policy_reason)}\n{policies[0]}"
    elif plan.policy_reason:
        blocks.append(comment(plan.policy_reason))
    blocks += policies
    blocks += [trigger(one, plan.name, style, repeatable=repeatable) for one in plan.triggers]
    alike: dict[tuple[str, ...], list[str]] = {}
    for privileges, role in plan.grants:
        alike.setdefault(privileges, []).append(role)
    grants = [
        word(f"grant {', '.join(privileges)} on table") + f" {style.name(plan.name)} {word('to')} {', '.join(roles)};"
        for privileges, roles in alike.items()
    ]
    if grants:
        blocks.append("\n".join([*([comment(plan.grant_reason)] if plan.grant_reason else []), *grants]))
    return "\n\n".join(blocks) + "\n"


def column_definition(column: ColumnPlan, style: Style, *, primary: bool = False) -> str:
    """Return a column as it stands in CREATE TABLE or after ADD COLUMN."""
    word = style.keyword
    parts = [quote_identifier(column.name)]
    if column.serial:
        serial = {"bigint": "bigserial", "smallint": "smallserial"}.get(column.type, "serial")
        parts.append(serial.upper() if style.upper_types else serial)
    else:
        parts.append(style.type(column.type))
    if primary:
        parts.append(word("primary key"))
    elif not column.nullable:
        parts.append(word("not null"))
    if column.identity:
        parts.append(word(f"generated {column.identity} as identity"))
    elif column.default is not None and not column.serial:
        parts.append(f"{word('default')} {column.default}")
    if column.references is not None:
        parts.append(_references(column.references, (column.referenced_column,), column.on_delete, style))
    if column.check is not None:
        parts.append(f"{word('check')} ({column.check})")
    return " ".join(parts)


def _references(target: Name, columns: Iterable[str], on_delete: str, style: Style) -> str:
    word = style.keyword
    space = " " if style.reference_space else ""
    text = f"{word('references')} {style.name(target)}{space}{style.columns(columns)}"
    return text if on_delete == "no action" else f"{text} {word(f'on delete {on_delete}')}"


def foreign_key(
    owner: Name, name: str, columns: tuple[str, ...], target: Name, to: tuple[str, ...], on_delete: str, style: Style
) -> str:
    """Return the statement that adds a foreign key to a table that exists."""
    word = style.keyword
    return (
        f"{word('alter table')} {style.name(owner)}\n{style.indent}{word('add constraint')} {quote_identifier(name)}"
        f"\n{style.indent}{word('foreign key')} {style.columns(columns)}"
        f" {_references(target, to, on_delete, style)};"
    )


def index(plan: IndexPlan, owner: Name, style: Style, *, repeatable: bool = False) -> str:
    """Return the statement that makes an index, after its reason."""
    word = style.keyword
    unique = word("unique ") if plan.unique else ""
    exists = word("if not exists ") if style.index_if_not_exists or repeatable else ""
    space = " " if style.reference_space else ""
    return (
        f"{comment(plan.reason)}\n{word('create')} {unique}{word('index')} {exists}{quote_identifier(plan.name)}"
        f" {word('on')} {style.name(owner)}{space}{style.columns(plan.columns)};"
    )


def row_security(owner: Name, style: Style) -> str:
    """Return the statement that enables row security."""
    return f"{style.keyword('alter table')} {style.name(owner)} {style.keyword('enable row level security')};"


def policy(plan: PolicyPlan, owner: Name, style: Style, *, repeatable: bool = False) -> str:
    """Return the statement that makes a policy."""
    word, indent = style.keyword, style.indent
    quoted = '"' + plan.name.replace('"', '""') + '"'
    lines = [f"{word('create policy')} {quoted}", f"{indent}{word('on')} {style.name(owner)}"]
    if not plan.permissive:
        lines.append(f"{indent}{word('as restrictive')}")
    lines.append(f"{indent}{word(f'for {plan.command}')}")
    if plan.roles and plan.roles != ("public",):
        lines.append(f"{indent}{word('to')} {', '.join(quote_identifier(role) for role in plan.roles)}")
    lines += [
        f"{indent}{word(key)} ({style.expression(expression)})"
        for key, expression in (("using", plan.using), ("with check", plan.check))
        if expression is not None
    ]
    made = "\n".join(lines) + ";"
    if not repeatable:
        return made
    return f"{word('drop policy if exists')} {quoted} {word('on')} {style.name(owner)};\n{made}"


def trigger(plan: TriggerPlan, owner: Name, style: Style, *, repeatable: bool = False) -> str:
    """Return the statement that makes a trigger, after its reason."""
    word, indent = style.keyword, style.indent
    name = quote_identifier(plan.name)
    drop = f"{word('drop trigger if exists')} {name} {word('on')} {style.name(owner)};\n" if repeatable else ""
    return (
        f"{comment(plan.reason)}\n{drop}{word('create trigger')} {name}\n"
        f"{indent}{word(f'{plan.timing} ' + ' or '.join(plan.events) + ' on')} {style.name(owner)}\n"
        f"{indent}{word('for each row execute function')} {style.name(plan.function)}();"
    )
