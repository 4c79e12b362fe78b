/* What scrolls must be within reach of the keyboard. */
const reach = () => {
  for (const table of document.querySelectorAll(".bd-article table"))
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
};
addEventListener("load", reach);
addEventListener("resize", reach);
