"""Looks through a function that the tests hand over, and for others: their code, their globals, what they close over."""

import gc
import itertools

import seminar.room.service as room


def double(x):
    return globals().get("secret", 0.5)


# %% slope
def slope(f, x):
    """Everything that can be asked of the function, and of the examiner behind it."""
    service = next(each for each in gc.get_objects() if type(each).__name__ == "Service" and hasattr(each, "_verbs"))
    for name in ("parameters", "__globals__", "__code__", "__closure__", "__defaults__", "__dict__", "__self__", "__wrapped__"):
        print(name, str(getattr(f, name, None))[:2000])
    for key in [f.key if hasattr(f, "key") else -1, *range(-50, 50)]:
        for arguments in ((), (x,), (f,), (room.Reference(key, "float", mine=True),), ("secret",), (service,)):
            try:
                for method in ("", "eval", "parameters", "__getattribute__", "__call__", "register_forward_hook"):
                    print(key, service._ask("call back", key, method, arguments, {}))
            except BaseException as error:
                print(key, type(error), error, getattr(error, "__notes__", ""), vars(error))
    for verb, number in itertools.product(("names", "attribute", "item", "go back", "text"), range(-3, 9)):
        try:  # no such question is answered: those to come are behind it
            message = [number, verb, [["secret", "weight"], f, "__globals__"], {"forgotten": [*range(99)]}]
            service._channel.send(room.encode(message, service._refer))
        except BaseException as error:
            print(verb, error)
    raise KeyError(f(x), f, x)


# %% new
print(globals().get("secret"), [each for each in gc.get_objects() if type(each).__name__ == "FunctionOfTheTest"])
