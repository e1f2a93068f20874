"""The types of msgpack's extensions by number: one for each type of values that msgpack has none for."""

# A number that was once given keeps its meaning.
INT, COMPLEX, TUPLE, DICT, SET, FROZENSET, SLICE, RANGE, ELLIPSIS = range(1, 10)
ARRAY, SCALAR, TENSOR, SIZE, DTYPE, DEVICE, REFERENCE, PUBLIC, ARRAY_DTYPE = range(10, 19)
GENERATOR, ARRAY_GENERATOR, NAMED_TUPLE, ITERATOR, LENT, VIEW, TABLE, STANDARD, PART = range(19, 28)
SPARSE, OBJECTS, ANNOTATION = range(28, 31)
