"""Parquet's metadata, field by field: what of it is used here, and of what type all the rest is.

From github.com/apache/parquet-format, `src/main/thrift/parquet.thrift`; its names stand beside the numbers.
"""

from collections.abc import Collection

from merganser.evaluation.readers.thrift import BYTE, Struct

SCHEMA, ROWS, GROUPS, METADATA = 2, 3, 4, 5  # FileMetaData
CHILDREN = 5  # SchemaElement
KEY, VALUE = 1, 2  # KeyValue
COLUMNS, GROUP_ROWS = 1, 3  # RowGroup
COLUMN = 3  # ColumnChunk
PATH, CODEC, VALUES, PACKED, DATA_PAGE, DICTIONARY_PAGE = 3, 4, 5, 7, 9, 11  # ColumnMetaData
PAGE_SIZE, PAGE_PACKED, PAGE_KINDS = 2, 3, (5, 7, 8)  # PageHeader, with the headers of data, dictionary, data again
PAGE_VALUES = 1  # of each of them


def _struct(fields: Struct, keep: Collection[int] = ()) -> Struct:
    return {number if number in keep else -number: value for number, value in fields.items()}


_EMPTY: Struct = {}
_TIME = _struct({1: bool, 2: _struct({1: _EMPTY, 2: _EMPTY, 3: _EMPTY})})
_LOGICAL_TYPE = _struct({
    **dict.fromkeys((1, 2, 3, 4, 6, 11, 12, 13, 14, 15), _EMPTY), 5: _struct({1: int, 2: int}), 7: _TIME, 8: _TIME,
    10: _struct({1: BYTE, 2: bool}), 16: _struct({1: BYTE}), 17: _struct({1: bytes}), 18: _struct({1: bytes, 2: int}),
})  # fmt: skip
_SCHEMA_ELEMENT = _struct(
    {1: int, 2: int, 3: int, 4: bytes, CHILDREN: int, 6: int, 7: int, 8: int, 9: int, 10: _LOGICAL_TYPE}, {CHILDREN}
)
_STATISTICS = _struct({1: bytes, 2: bytes, 3: int, 4: int, 5: bytes, 6: bytes, 7: bool, 8: bool})
_PAGE_ENCODING_STATS, _SORTING_COLUMN = _struct({1: int, 2: int, 3: int}), _struct({1: int, 2: bool, 3: bool})
_SIZE_STATISTICS = _struct({1: int, 2: [int], 3: [int]})
_GEOSPATIAL_STATISTICS = _struct({1: _struct(dict.fromkeys(range(1, 9), float)), 2: [int]})
_KEY_VALUE = _struct({KEY: bytes, VALUE: bytes}, {KEY, VALUE})
_COLUMN_METADATA = _struct(
    {
        1: int, 2: [int], PATH: [bytes], CODEC: int, VALUES: int, 6: int, PACKED: int, 8: [_KEY_VALUE], DATA_PAGE: int,
        10: int, DICTIONARY_PAGE: int, 12: _STATISTICS, 13: [_PAGE_ENCODING_STATS], 14: int, 15: int,
        16: _SIZE_STATISTICS, 17: _GEOSPATIAL_STATISTICS,
    },
    {PATH, CODEC, VALUES, PACKED, DATA_PAGE, DICTIONARY_PAGE},
)  # fmt: skip
# Nobody here has keys to what is encrypted (8, 9): None is no type at all.
_COLUMN_CHUNK = _struct(
    {1: bytes, 2: int, COLUMN: _COLUMN_METADATA, 4: int, 5: int, 6: int, 7: int, 8: None, 9: None}, {COLUMN}
)
_ROW_GROUP = _struct(
    {COLUMNS: [_COLUMN_CHUNK], 2: int, GROUP_ROWS: int, 4: [_SORTING_COLUMN], 5: int, 6: int, 7: int},
    {COLUMNS, GROUP_ROWS},
)
FOOTER = _struct(
    {
        1: int, SCHEMA: [_SCHEMA_ELEMENT], ROWS: int, GROUPS: [_ROW_GROUP], METADATA: [_KEY_VALUE], 6: bytes,
        7: [_struct({1: _EMPTY})], 8: None, 9: None,
    },
    {SCHEMA, ROWS, GROUPS, METADATA},
)  # fmt: skip
_DATA_PAGE_HEADER = _struct({PAGE_VALUES: int, 2: int, 3: int, 4: int, 5: _STATISTICS}, {PAGE_VALUES})
_DICTIONARY_PAGE_HEADER = _struct({PAGE_VALUES: int, 2: int, 3: bool}, {PAGE_VALUES})
_DATA_PAGE_HEADER_V2 = _struct(
    {PAGE_VALUES: int, 2: int, 3: int, 4: int, 5: int, 6: int, 7: bool, 8: _STATISTICS}, {PAGE_VALUES}
)
PAGE = _struct(
    {
        1: int, PAGE_SIZE: int, PAGE_PACKED: int, 4: int, 5: _DATA_PAGE_HEADER, 6: _EMPTY, 7: _DICTIONARY_PAGE_HEADER,
        8: _DATA_PAGE_HEADER_V2,
    },
    {PAGE_SIZE, PAGE_PACKED, *PAGE_KINDS},
)  # fmt: skip
