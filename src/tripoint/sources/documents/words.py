"""The words by which people mark tables, columns and their properties in documents, in the languages met most often."""

from __future__ import annotations

import re
from functools import lru_cache

from tripoint.model.regex import regex

__all__ = [
    "COLUMN_HEADERS",
    "DEFAULT_HEADERS",
    "DESCRIPTION_HEADERS",
    "KEY_HEADERS",
    "NULLABLE_HEADERS",
    "REFERENCE_HEADERS",
    "REQUIRED_HEADERS",
    "TABLE_HEADERS",
    "TYPE_HEADERS",
    "WEAK_COLUMN_HEADERS",
    "is_sql_type",
    "label_kind",
    "leading_type",
    "lists_a_part",
    "may_be_a_name",
    "words_of",
    "written_type",
]


def _set(text: str) -> frozenset[str]:
    return frozenset(item.strip() for item in text.split("|"))


COLUMN_HEADERS = _set(
    "column|columns|column name|column_name|field|fields|field name|field_name|attribute|attributes|col"
    "|spalte|spaltenname|feld|campo|campos|columna|coluna|champ|colonne|nombre de columna"
    "|カラム|カラム名|列名|列|フィールド|字段|字段名|컬럼|컬럼명|필드|поле|столбец|колонка"
    "|kolon|kolon adı|sütun|alan|alan adı|kolumna|kolom|veld|sloupec|kolumn|fält|colonna|项目|項目|项目名|項目名"
    "|欄位|欄位名稱|列名称|字段名称|필드명|열|속성|cột|trường|العمود|الحقل|атрибут|стовпець"
)
WEAK_COLUMN_HEADERS = _set("name|property|物理名|nombre|nome|nom|項目|项目")
"""They head columns only beside a type and something else that is said of columns of a table."""
TABLE_HEADERS = _set(
    "table|tables|table name|table_name|tablename|entity|entities|entity name|view|views|view name|database table"
    "|db table|table/view|table / view|supabase table|postgres table|tabelle|tabla|tabela"
    "|テーブル|テーブル名|表|表名|테이블|테이블명|таблица"
    "|tablo|tablo adı|tabel|bảng|資料表|таблиця"
)
TYPE_HEADERS = _set(
    "type|types|data type|data_type|datatype|sql type|db type|postgres type|postgresql type|column type|field type"
    "|typ|datentyp|tipo|tipo de dato|型|データ型|类型|数据类型|타입|데이터 타입|тип"
    "|tip|tür|veri tipi|typ danych|gegevenstype|tipe|tipe data|dato|tipo de dado|tipo de datos|type de données"
    "|字段类型|型別"
    "|資料型別|資料類型|자료형|데이터타입|데이터 유형|kiểu|kiểu dữ liệu|النوع|тип данных|тип даних"
)
NULLABLE_HEADERS = _set(
    "nullable|nullable?|null|null?|nulls|is nullable|is_nullable|optional|optional?|null ok"
    "|允许空|可空|是否可空|是否为空|允许为空|可为空|null許可|null 허용|널 허용"
)
REQUIRED_HEADERS = _set(
    "required|required?|not null|not null?|mandatory|pflicht|obligatorio|obrigatório|obbligatorio|obligatoire"
    "|必须|必填|必須|非空|필수|필수 여부|обязательное|обязательный|обязательность|zorunlu|wajib|bắt buộc|wymagane"
)
KEY_HEADERS = _set(
    "key|keys|constraint|constraints|pk|fk|pk/fk|modifiers|attributes|flags"
    "|restricciones|restricción|llave|clave|restrições|restrição|chave|contraintes|contrainte|clé|clés|vincoli|chiave"
    "|schlüssel|einschränkungen|制約|キー|约束|约束条件|約束|键|主键|제약|제약조건|제약 조건|제약사항|키"
    "|ограничения|ограничение|ключ|ключи|обмеження|kısıt|kısıtlar|kısıtlamalar|anahtar|batasan|kunci|ràng buộc|khóa"
    "|ograniczenia|klucz"
)
DEFAULT_HEADERS = _set(
    "default|default value|default?|デフォルト|默认值|默认|預設值|기본값|по умолчанию|standardwert"
    "|значение по умолчанию|por defecto|valor por defecto|padrão|valor padrão|par défaut|varsayılan|mặc định"
)
REFERENCE_HEADERS = _set(
    "references|reference|ref|foreign key|fk|relation|relationship|parents|fk reference|points to"
    "|referenz|referencia|referência|référence|relación|relação|clave foránea|chave estrangeira|clé étrangère"
    "|外键|外鍵|外部キー|参照|참조|외래키|внешний ключ|ссылка|связь|tham chiếu|referensi|relasi|ilişki"
)
DESCRIPTION_HEADERS = _set(
    "description|descriptions|notes|note|comment|comments|purpose|meaning|details|remarks|what|info|extra definition"
    "|usage|beschreibung|descripción|descripcion|descrição|説明|备注|描述|설명|описание"
    "|açıklama|not|opis|keterangan|deskripsi|mô tả|ghi chú|비고|備考|內容|说明|الوصف|опис"
    "|說明|註解|用途|примечание|комментарий|назначение|descrizione|observação|observaciones"
)

_FIELD_WORDS = _set(
    "columns|column|fields|field|attributes|properties|schema|structure|definition|table definition|column definitions"
    "|table structure|table schema|spalten|felder|campos|columnas|colunas|colonnes|champs|カラム|フィールド|字段|컬럼"
    "|kolonlar|alanlar|kolom|kolumny|поля|столбцы|필드|各カラム"
)
_SAID_OF_FIELDS = _set(
    "description|descriptions|details|reference|overview|list|summary|notes|types|names|mapping|specification|specs"
)
_TABLE_WORDS = _set(
    "tables|table|entities|entity|entity list|views|relations|data model|domain model|database|database tables|tabellen"
    "|tablas|tabelas|entités|entidades|テーブル|テーブル一覧|表|数据表|테이블"
    "|tablolar|tabel|tabele|таблицы|테이블 목록|テーブル定義|データベース|数据库表|資料表|bảng"
)
_OTHER_WORDS = _set(
    "index|indexes|indices|policy|policies|rls|security|constraint|constraints|trigger|triggers|function|functions|rpc"
    "|rpcs|enum|enums|value|values|status|statuses|state|states|endpoint|endpoints|route|routes|usage|query|queries"
    "|permission|permissions|access|purpose|note|notes|example|examples|rule|rules|behavior|behaviour|lifecycle|flow"
    "|workflow|workflows|feature|features|operation|operations|hook|hooks|component|components|request|response|body"
    "|payload|params|parameters|props|options|config|configuration|environment|variables|metrics|events|event|api|role"
    "|roles|bucket|buckets|seed|migration|migrations|changes|todo|roadmap|steps|limitations|considerations|performance"
    "|storage|relationship|relationships|relations|references|foreign|keys"
    "|索引|约束|约束条件|触发器|外键|外键约束|关系|策略|权限|示例|インデックス|制約|トリガー|リレーション|인덱스|제약조건|트리거"
)
_PART_WORDS = regex(
    r"\b(?:key|important|main|notable|core|sample|selected|example|examples|e\.g\.|eg|such as|including|new|added"
    r"|changed|additional|extra|relevant|common|primary fields|highlights?|some|other|updated"
    r"|removed|etc|and more|partial)\b"
    r"|\.\.\.|…",
    re.IGNORECASE,
)
_JOINS = frozenset({"and", "to", "y", "e", "et", "und", "with", "for", "in", "vs", "that", "which", "are"})
_LACKING = ("missing", "lack", "longer", "have", "hold", "include", "contain")
_LACKS = regex(
    r"\b(?:missing|lack(?:s|ing)?|no longer has|(?:do|does)(?: not|n't) (?:yet )?(?:have|hold|include|contain))\b"
)
"""What introduces a list of what a table does not have; such a text holds one of the words above."""

_FIELDS_TOLD = regex(
    r"(?:数据库|表)?(?:字段|欄位|列|カラム|フィールド|컬럼|필드)"
    r"(?: ?(?:信息|资讯|说明|說明|説明|描述|列表|清单|详情|定义|定義|一覧|설명|목록|정보|정의))+"
)
"""A heading above a table's fields, in languages that write words together."""
_NUMBER = regex(r"^\s*\d+(?:\.\d+)*[.):]?\s+")
_ASIDE = regex(r"(?<=\w)\s*[(（][^()（）]*[)）][\s:：]*$")
"""What is said beside a label: `Tables (of the public schema)`."""
_NOT_WORD = regex(r"[^\w\s.']+")


def words_of(text: str) -> str:
    """Return a heading, label or header in lower case, without numbering, emphasis and signs."""
    plain = _NOT_WORD.sub(" ", _NUMBER.sub("", text.replace("`", "")))
    return " ".join(plain.lower().split()).strip(" .'")


@lru_cache(maxsize=1024)
def label_kind(text: str) -> str | None:
    """Return what a heading or label announces: `fields`, `tables`, `other` (of a table, but no columns) or None."""
    words = words_of(_ASIDE.sub("", text)) or words_of(text)
    parts = words.split()
    if any(word in words for word in _LACKING) and _LACKS.search(words_of(text.rsplit(". ", 1)[-1])):
        return "other"
    if (
        words in _FIELD_WORDS
        or _FIELDS_TOLD.fullmatch(words)
        or (parts and len(parts) <= 4 and parts[-1] in ("columns", "fields", "attributes"))
    ):
        return "fields"
    if parts and parts[0] in ("columns", "fields", "attributes") and len(parts) <= 5:
        return "fields"
    if len(parts) == 2 and parts[0] in ("column", "field", "attribute") and parts[1] in _SAID_OF_FIELDS:
        return "fields"
    if words in _TABLE_WORDS or (parts and len(parts) <= 5 and parts[-1] in ("tables", "entities", "テーブル")):
        return "tables"
    if 1 < len(parts) <= 3 and parts[0] in ("tablas", "tabelas", "tabellen", "tables") and parts[1] not in _JOINS:
        return "tables"
    if len(parts) <= 4 and any(part in _OTHER_WORDS for part in parts):
        return "other"
    return None


def lists_a_part(text: str) -> bool:
    """Whether the words around a list say that it holds only a part ("key fields", "for example", "…")."""
    return _PART_WORDS.search(text) is not None


_TYPES = (
    "uuid|text|varchar|character varying|character|char|bpchar|citext|name|integer|int2|int4|int8|int|smallint|bigint"
    "|serial|smallserial|bigserial|serial4|serial8|numeric|decimal|float4|float8|float|double precision|double|real"
    "|money|boolean|bool|date|timestamptz|timestamp with time zone|timestamp without time zone"
    "|timestamp|timetz|time|datetime"
    "|interval|jsonb|json|xml|bytea|blob|inet|cidr|macaddr|bit varying|bit|varbit|tsvector|tsquery|vector|halfvec"
    "|hstore|ltree|point|polygon|geometry|geography|int4range|int8range|numrange|tstzrange|tsrange"
    "|daterange|oid|regclass|enum"
    "|string|number|array|object|binary|tinyint|mediumint|longtext|mediumtext|id"
)
_TYPE = regex(
    rf"(?:{_TYPES})(?![\w.])(?:\s*\([\w\s,.'|]*\))?(?:\s+with(?:out)?\s+time\s+zone)?(?:\s*\[\d*\])*", re.IGNORECASE
)
_AMBIGUOUS = frozenset(
    {"name", "date", "time", "number", "id", "text", "point", "string", "object", "array", "interval"}
)


def leading_type(text: str) -> str | None:
    """Return the SQL type (or its everyday name) that a text starts with, as it is written there."""
    match = _TYPE.match(text)
    if match is None:
        return None
    found = match[0].rstrip()
    rest = text[match.end() :].lstrip()
    if (
        found.lower() in _AMBIGUOUS
        and re.match(r"[a-z]", rest)
        and not re.match(
            r"(?:not|null|nullable|primary|unique|default|references|pk|fk|optional|required|check)\b",
            rest,
            re.IGNORECASE,
        )
    ):
        return None
    return None if found.lower() in ("name", "id") else found


_AFTER_TYPE = regex(
    r"[\s`*]*(?:$|[,;(\[?🔑✓✅→⟶➜]|->|=>|\|\s*(?:null|undefined)\b|(?:pk|fk|uk|primary|foreign|unique|not[\s_-]?null\w*"
    r"|non[\s_-]?null\w*|null|nullable|optional|required|default|references?|generated|auto\w*|identity|check"
    r"|index\w*)\b)",
    re.IGNORECASE,
)
"""What is said of a column behind its type."""


def written_type(text: str) -> str:
    """Return the type that a text begins with where the rest tells of keys, defaults and the like: `uuid PK`,
    `text not null`; the text as it is where it says something else."""
    found = None if is_sql_type(text) else leading_type(text)
    return found if found is not None and _AFTER_TYPE.match(text, len(found)) else text


def may_be_a_name(text: str) -> bool:
    """Whether a type is also a word that columns are called by."""
    return text.strip(" `").lower() in _AMBIGUOUS


def is_sql_type(text: str) -> bool:
    """Whether a text as a whole is a type."""
    return _TYPE.fullmatch(text.strip(" `")) is not None
