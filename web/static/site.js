/* What scrolls must be within reach of the keyboard. */
const reach = () => {
  for (const wide of document.querySelectorAll(".bd-article table, .cell_output .output"))
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
};
addEventListener("load", reach);
addEventListener("resize", reach);
