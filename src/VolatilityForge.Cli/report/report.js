"use strict";

const colours = ["#444444", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"];

// Columns of equal length as the rows that the chart library reads.
function rows(index, columns) {
  return index.map((x, i) => [x, ...columns.map((column) => column[i] ?? null)]);
}

function chart(parent, title, note, labels, data, options) {
  const heading = document.createElement("h3");
  heading.textContent = title;
  const text = document.createElement("p");
  text.textContent = note;
  const place = document.createElement("div");
  place.className = "chart";
  parent.append(heading, text, place);
  const graph = new Dygraph(place, data, {
    labels,
    colors: colours.slice(0, labels.length - 1),
    legend: "always",
    labelsSeparateLines: false,
    strokeWidth: 1.2,
    showRangeSelector: false,
    ...options,
  });
  place.dataset.drawn = "true";
  return graph;
}

function choice(parent, label, items, show) {
  const wrapper = document.createElement("label");
  wrapper.textContent = label;
  const select = document.createElement("select");
  items.forEach((item, i) => select.add(new Option(item, i)));
  const target = document.createElement("div");
  select.onchange = () => {
    target.replaceChildren();
    show(target, Number(select.value));
  };
  wrapper.append(select);
  parent.append(wrapper, target);
  select.onchange();
}

function horizonCharts(parent, result, index) {
  const horizon = result.horizons[index];
  const days = horizon.dates.map((date) => new Date(date + "T00:00:00"));
  const names = horizon.models.map((model) => model.name);
  chart(
    parent,
    `Forecast against realised, ${horizon.horizon} days ahead`,
    "Annualised volatility in percent. Drag to zoom, double-click to go back.",
    ["origin", "realised", ...names],
    rows(days, [horizon.realised, ...horizon.models.map((model) => model.forecast)]),
    { ylabel: "% per year", visibility: [true, ...names.map((name) => name === result.baseline || name === names.at(-1))] },
  );
  chart(
    parent,
    "Loss over time",
    `Running sum of QLIKE less that of ${result.baseline}: falling where a model gains on it.`,
    ["origin", ...names],
    rows(
      days,
      horizon.models.map((model) => model.gain),
    ),
    { ylabel: "QLIKE, cumulated" },
  );
  const curves = result.training.filter((curve) => curve.horizon === horizon.horizon);
  if (curves.length > 0) {
    const epochs = Math.max(...curves.map((curve) => curve.validation.length));
    chart(
      parent,
      "Training",
      "Validation loss by epoch, one line per fit and seed; epoch 0 is the untrained network, which is the baseline.",
      ["epoch", ...curves.map((curve) => curve.name)],
      rows(
        Array.from({ length: epochs }, (_, epoch) => epoch),
        curves.map((curve) => curve.validation),
      ),
      { ylabel: "loss", legend: "never", colors: undefined },
    );
  }
}

if (typeof Dygraph !== "undefined") {
  document.querySelectorAll(".charts").forEach((parent, index) => {
    const result = results[index];
    choice(
      parent,
      "Days ahead",
      result.horizons.map((horizon) => horizon.horizon),
      (target, chosen) => horizonCharts(target, result, chosen),
    );
  });
}
