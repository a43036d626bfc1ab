const place = document.querySelector("rect") || document.querySelector("svg") || document.getElementById("quote");
place.scrollIntoView({ block: "center" });
// The browser goes to the text of the quote, which the page's address names, once all is loaded.
addEventListener("load", () => requestAnimationFrame(() => place.scrollIntoView({ block: "center" })));
