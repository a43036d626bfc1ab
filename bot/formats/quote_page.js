document.getElementById("quote").scrollIntoView({ block: "center" });
