/*
 * Filters the rows of a porting map by verdict, class and text.  The filter
 * lives in the URL fragment (#v=gap,adapt&c=absent&q=clone), so that a view
 * can be linked to; other fragments (#need-clone) open the row they name.
 * Without this script the page shows everything and no filter.
 */
(function () {
	"use strict";

	var KEYS = ["v", "c", "x"];
	var rows = Array.prototype.slice.call(
	    document.querySelectorAll("details.need"));
	var chips = Array.prototype.slice.call(
	    document.querySelectorAll(".chip"));
	var sections = Array.prototype.slice.call(
	    document.querySelectorAll("section.area"));
	var query = document.getElementById("q");
	var shown = document.getElementById("shown");
	var clear = document.getElementById("clear");
	var unfold = document.getElementById("unfold");
	var none = document.getElementById("none");
	var form = document.getElementById("filter");
	var texts = null;
	var opened = [];

	/* Made at the first search: a large scan has megabytes of sites. */
	function text(i) {
		if (texts === null)
			texts = rows.map(function (row) {
				return row.textContent.toLowerCase();
			});
		return texts[i];
	}

	function pressed(key) {
		return chips.filter(function (chip) {
			return chip.dataset.key === key &&
			    chip.getAttribute("aria-pressed") === "true";
		}).map(function (chip) {
			return chip.dataset.value;
		});
	}

	function current() {
		var filter = { words: query.value.toLowerCase().split(/\s+/)
		    .filter(Boolean) };
		KEYS.forEach(function (key) {
			filter[key] = pressed(key);
		});
		return filter;
	}

	/* Whether row i passes, looking away from the chips of `except`. */
	function passes(filter, i, except) {
		return KEYS.every(function (key) {
			return key === except || filter[key].length === 0 ||
			    filter[key].indexOf(rows[i].dataset[key]) >= 0;
		}) && filter.words.every(function (word) {
			return text(i).indexOf(word) >= 0;
		});
	}

	function count(filter, chip) {
		var n = 0;
		rows.forEach(function (row, i) {
			if (row.dataset[chip.dataset.key] ===
			    chip.dataset.value &&
			    passes(filter, i, chip.dataset.key))
				n++;
		});
		return n;
	}

	function remember(filter) {
		var parts = [];
		KEYS.forEach(function (key) {
			if (filter[key].length > 0)
				parts.push(key + "=" + filter[key].join(","));
		});
		if (query.value !== "")
			parts.push("q=" + encodeURIComponent(query.value));
		var hash = parts.length > 0 ? "#" + parts.join("&") :
		    window.location.pathname + window.location.search;
		try {
			window.history.replaceState(null, "", hash);
		} catch (e) {
			/* A page without an origin may not: no link then. */
		}
	}

	function apply() {
		var filter = current();
		var visible = 0;
		rows.forEach(function (row, i) {
			row.hidden = !passes(filter, i, "");
			visible += row.hidden ? 0 : 1;
		});
		sections.forEach(function (section) {
			section.hidden = section.querySelector(
			    "details.need:not([hidden])") === null;
		});
		chips.forEach(function (chip) {
			var n = count(filter, chip);
			chip.querySelector("b").textContent = n;
			chip.classList.toggle("empty", n === 0);
		});
		var all = visible === rows.length;
		shown.textContent = all ? "All " + rows.length + " rows" :
		    visible + " of " + rows.length + " rows";
		form.classList.toggle("active", !all);
		clear.hidden = query.value === "" && KEYS.every(function (key) {
			return filter[key].length === 0;
		});
		none.hidden = visible > 0;
		return filter;
	}

	function reset() {
		query.value = "";
		chips.forEach(function (chip) {
			chip.setAttribute("aria-pressed", "false");
		});
	}

	/* Shows and opens the row that the fragment names. */
	function reveal(id) {
		var target = document.getElementById(id);
		if (target === null)
			return;
		if (target.hidden || target.closest("[hidden]") !== null) {
			reset();
			apply();
		}
		if (target.tagName === "DETAILS")
			target.open = true;
		target.scrollIntoView();
	}

	function decode(s) {
		try {
			return decodeURIComponent(s);
		} catch (e) {
			return s;
		}
	}

	function recall() {
		var hash = window.location.hash.slice(1);
		if (hash !== "" && hash.indexOf("=") < 0) {
			apply();
			reveal(decode(hash));
			return;
		}
		reset();
		hash.split("&").forEach(function (part) {
			var at = part.indexOf("=");
			var key = part.slice(0, at);
			var values = decode(part.slice(at + 1));
			if (key === "q")
				query.value = values;
			chips.forEach(function (chip) {
				if (chip.dataset.key === key && values.split(
				    ",").indexOf(chip.dataset.value) >= 0)
					chip.setAttribute("aria-pressed",
					    "true");
			});
		});
		apply();
	}

	chips.forEach(function (chip) {
		chip.addEventListener("click", function () {
			chip.setAttribute("aria-pressed", String(
			    chip.getAttribute("aria-pressed") !== "true"));
			remember(apply());
		});
	});
	query.addEventListener("input", function () {
		remember(apply());
	});
	form.addEventListener("submit", function (event) {
		event.preventDefault();
	});
	clear.addEventListener("click", function () {
		reset();
		remember(apply());
		query.focus();
	});
	unfold.addEventListener("click", function () {
		var open = unfold.textContent === "Unfold all";
		rows.forEach(function (row) {
			row.open = open && !row.hidden;
		});
		unfold.textContent = open ? "Fold all" : "Unfold all";
	});
	window.addEventListener("hashchange", recall);
	window.addEventListener("beforeprint", function () {
		opened = rows.filter(function (row) {
			return !row.open;
		});
		opened.forEach(function (row) {
			row.open = true;
		});
	});
	window.addEventListener("afterprint", function () {
		opened.forEach(function (row) {
			row.open = false;
		});
	});

	form.hidden = false;
	recall();
})();
