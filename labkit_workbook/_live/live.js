// JupyterLab leaves every key to a control (ours, and those of ipywidgets), so that arrows move it. Saving it may take.
if (!window.countingCallsSaves) {
  window.countingCallsSaves = true;
  window.addEventListener("keydown", event => {
    const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
    const control = saves && event.target.closest("[data-lm-suppress-shortcuts]");
    if (!control) return;
    control.removeAttribute("data-lm-suppress-shortcuts");
    setTimeout(() => control.setAttribute("data-lm-suppress-shortcuts", ""));
  }, true);
}
