"""How Sphinx makes the site: the theme, the notebooks as they were executed, the API from the docstrings."""

from __future__ import annotations

from importlib import metadata

project = "Counting Calls"
author = "The authors of Counting Calls"
release = metadata.version("counting-calls")
copyright = "The authors of Counting Calls, MIT licence"  # the name that Sphinx reads
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["jupyter_execute", "_build"]

html_theme = "sphinx_book_theme"
html_title = "Counting Calls"
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_context = {"default_mode": "auto"}  # as the reader's system is, light or dark
html_last_updated_fmt = None
html_theme_options = {
    "use_download_button": True,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "navbar_persistent": [],  # one search field is enough
    "secondary_sidebar_items": {"**": ["page-toc"], "docs/evidence": []},  # its tables need the room, and it has a list
}
mathjax_path = "mathjax/tex-svg.js"  # in static/, so that nothing is fetched

nb_execution_mode = "off"
nb_merge_streams = True
nb_remove_code_outputs = False
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "html_image"]
myst_heading_anchors = 4
suppress_warnings = [
    "myst.header",  # a lesson's cells may begin at the second level
    "ref.python",  # an attribute's name alone, such as usd, is found in several classes
]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "Number": "Number", "NDArray": "NDArray"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False  # the types of attributes are in the signature
