"use strict";

const colours = ["#444444", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"];

// Columns of equal length as the rows that the chart library reads.
function rows(index, columns) {
  return index.map((x, i) => [x, ...columns.map((column) => column[i] ?? null)]);
}

// The first of January stands for its year: sixteen years fit where sixteen times "Jan 2005" would not.
function dayLabel(day, granularity, option, graph) {
  const year = day.getMonth() === 0 && day.getDate() === 1;
  return year ? String(day.getFullYear()) : Dygraph.dateAxisLabelFormatter(day, granularity, option, graph);
}

function chart(parent, title, note, labels, data, options) {
  const heading = document.createElement("h3");
  heading.textContent = title;
  const text = document.createElement("p");
  text.textContent = note;
  const legend = document.createElement("div");
  legend.className = "legend";
  const place = document.createElement("div");
  place.className = "chart";
  parent.append(heading, text, legend, place);
  const graph = new Dygraph(place, data, {
    labels,
    labelsDiv: legend,
    legend: "always",
    strokeWidth: 1.2,
    digitsAfterDecimal: 3,
    ...options,
    axes: { x: { pixelsPerLabel: 55, drawGrid: false, axisLabelFormatter: dayLabel }, ...options.axes },
  });
  place.dataset.drawn = "true";
  return graph;
}

// Boxes that show and hide the lines of a chart; the legend names only what is shown.
function boxes(parent, graph, names, shown) {
  const row = document.createElement("div");
  row.className = "boxes";
  names.forEach((name, i) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = shown[i];
    box.onchange = () => graph.setVisibility(i, box.checked);
    label.append(box, name);
    row.append(label);
  });
  parent.append(row);
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
  // A model has one colour in both charts; grey is what happened.
  const [grey, ...others] = colours;
  const modelColours = names.map((_, i) => others[i % others.length]);
  const first = names.map((name) => name === result.baseline || name === names.at(-1));
  const against = chart(
    parent,
    `Forecast against realised, ${horizon.horizon} ${horizon.horizon === 1 ? "day" : "days"} ahead`,
    "Annualised volatility in percent. Drag to zoom, double-click to go back.",
    ["origin", "realised", ...names],
    rows(days, [horizon.realised, ...horizon.models.map((model) => model.forecast)]),
    { ylabel: "% per year", xlabel: "day of the forecast", colors: [grey, ...modelColours], visibility: [true, ...first] },
  );
  boxes(parent, against, ["realised", ...names], [true, ...first]);
  const gains = chart(
    parent,
    "Loss over time",
    `Running sum of QLIKE less that of ${result.baseline}: falling where a model gains on it.`,
    ["origin", ...names],
    rows(
      days,
      horizon.models.map((model) => model.gain),
    ),
    { ylabel: "QLIKE, cumulated", xlabel: "day of the forecast", colors: modelColours, visibility: first },
  );
  boxes(parent, gains, names, first);
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
      {
        ylabel: "validation loss",
        xlabel: "epoch",
        xRangePad: 12,
        highlightSeriesOpts: { strokeWidth: 3 },
        legendFormatter: (data) => {
          const lit = data.series.find((series) => series.isHighlighted);
          return lit ? `${lit.dashHTML} ${lit.labelHTML}: ${lit.yHTML}` : "Point at a line for its fit and seed.";
        },
        // Epochs are counted; there is none between two of them.
        axes: { x: { ticker: () => Array.from({ length: epochs }, (_, epoch) => ({ v: epoch, label: String(epoch) })) } },
      },
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
