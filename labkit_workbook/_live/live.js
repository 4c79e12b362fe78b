// JupyterLab leaves every key to a slider or a guess, so that arrows move it, and ipywidgets keep theirs. Saving from
// there must work all the same: the notebook is told of that key instead.
if (!window.countingCallsSaves) {
  window.countingCallsSaves = true;
  window.addEventListener("keydown", event => {
    const {key, code, keyCode, ctrlKey, metaKey} = event, saves = (ctrlKey || metaKey) && key.toLowerCase() === "s";
    const held = saves && event.target.closest("[data-lm-suppress-shortcuts], .jupyter-widgets"), notebook = held && held.closest(".jp-Notebook");
    if (!notebook) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    notebook.dispatchEvent(new KeyboardEvent("keydown", {key, code, keyCode, ctrlKey, metaKey, bubbles: true, cancelable: true}));
  }, true);
}
