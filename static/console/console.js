/* What Unfold writes as code in attributes, for an Alpine that evaluates none (see the README
   beside unfold/js/alpine/alpine.js). Its functions are known there by name only. */

document.addEventListener("alpine:init", () => {
  Alpine.data("theme", theme);
  Alpine.data("searchForm", searchForm);
  Alpine.data("searchDropdown", searchDropdown);
  Alpine.data("searchCommand", () => ({
    ...searchCommand(),
    // With a control key the attributes of their own open a new window.
    enter(event) {
      if (!event.metaKey && !event.ctrlKey && this.items?.[this.currentIndex - 1]) {
        this.selectItem(false);
      }
    },
  }));

  // The page itself: which tab is open, whether the menu is.
  Alpine.data("page", () => ({
    activeTab: "",
    // A plain link of the tab bar asks for it without having it.
    actionDropdownOpen: false,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    // A form's address names the tab; no global is known in an attribute.
    window: {
      location: { pathname: window.location.pathname, search: window.location.search },
    },
    init() {
      const tabs = this.$el.dataset.activeTab;
      this.activeTab = tabs === undefined ? "" : getCurrentTab() || tabs;
    },
    toggleSidebar() {
      this.sidebarDesktopOpen = !this.sidebarDesktopOpen;
      localStorage.setItem("sidebarDesktopOpen", this.sidebarDesktopOpen ? "1" : "0");
    },
  }));
});

/* What answers to a click answers to the keyboard: Unfold opens filters, menus and tabs by elements
   that nobody reaches with the Tab key. */
function makeReachable() {
  const native = "a[href], button, input, select, textarea, summary, label, [tabindex]";
  for (const one of document.querySelectorAll("[x-on\\:click]")) {
    if (one.matches(native) || one.querySelector(native)) {
      continue;
    }
    one.tabIndex = 0;
    one.setAttribute("role", "button");
    one.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        one.click();
      }
    });
  }
}

/* Select2's box takes the name of the field that it stands for. */
function nameSelections() {
  for (const box of document.querySelectorAll(".select2-container [role=combobox]")) {
    const field = box.closest(".select2-container").previousElementSibling;
    const name = field?.labels?.[0]?.textContent.replace("*", "").trim();
    if (!name) {
      continue;
    }
    box.removeAttribute("aria-labelledby");
    box.setAttribute("aria-label", name);
    box.querySelector("[role=textbox]")?.setAttribute("aria-label", name);
  }
}

window.addEventListener("load", () => {
  makeReachable();
  nameSelections();
  // Some boxes are drawn later, as those of a row that is added.
  new MutationObserver(nameSelections).observe(document.body, { childList: true, subtree: true });
});
