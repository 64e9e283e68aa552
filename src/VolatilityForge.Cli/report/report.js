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

function dates(texts) {
  return texts.map((date) => new Date(date + "T00:00:00"));
}

function intervalChart(parent, horizon, days, own) {
  choice(
    parent,
    "Interval of",
    own.map((interval) => interval.model),
    (target, chosen) => {
      const interval = own[chosen];
      const forecast = horizon.models.find((model) => model.name === interval.model).forecast;
      chart(
        target,
        "Interval",
        "Conformal interval around the forecast, each day by the errors known on it. Annualised volatility in percent.",
        ["origin", "realised", "forecast", "lower", "upper"],
        rows(days, [horizon.realised, forecast, interval.lower, interval.upper]),
        { ylabel: "% per year", xlabel: "day of the forecast", colors: [colours[0], colours[1], colours[3], colours[4]] },
      );
    },
  );
}

function parameterChart(parent, own) {
  choice(
    parent,
    "Coefficients of",
    own.map((path) => path.model),
    (target, chosen) => {
      const path = own[chosen];
      const graph = chart(
        target,
        "Coefficients over the refits",
        "One point a month: the fit of its first day. Untick a line to see the others on their scale.",
        ["fitted", ...path.names],
        dates(path.dates).map((day, i) => [day, ...path.values[i]]),
        { xlabel: "day of the fit", colors: path.names.map((_, i) => colours[(i + 1) % colours.length]) },
      );
      boxes(
        target,
        graph,
        path.names,
        path.names.map(() => true),
      );
    },
  );
}

function newsChart(parent, news) {
  chart(
    parent,
    "News impact",
    "Volatility of the day after a shock, the days before calm; by the last fit.",
    ["shock", ...news.map((curve) => curve.model)],
    rows(
      news[0].shocks,
      news.map((curve) => curve.volatility),
    ),
    {
      ylabel: "% per year",
      xlabel: "shock in volatilities",
      colors: news.map((_, i) => colours[(i + 1) % colours.length]),
      axes: { x: { axisLabelFormatter: (shock) => String(Math.round(shock * 10) / 10), pixelsPerLabel: 55 } },
    },
  );
}

function tailChart(parent, tails) {
  choice(
    parent,
    "Value at Risk of",
    tails.map((tail) => `${tail.model}, ${100 * tail.level} %`),
    (target, chosen) => {
      const tail = tails[chosen];
      const exceeded = tail.returns.map((value, i) => (value < tail.quantiles[i] ? value : null));
      chart(
        target,
        "Exceedances",
        "Returns of the next day in percent against the quantile forecast for them; the days below it are marked.",
        ["origin", "return", "quantile", "exceeded"],
        rows(dates(tail.dates), [tail.returns, tail.quantiles, exceeded]),
        {
          ylabel: "% per day",
          xlabel: "day of the forecast",
          colors: ["#bbbbbb", colours[1], colours[4]],
          series: { exceeded: { drawPoints: true, pointSize: 3, strokeWidth: 0 } },
        },
      );
    },
  );
}

function horizonCharts(parent, result, index) {
  const horizon = result.horizons[index];
  const days = dates(horizon.dates);
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
  const intervals = result.intervals.filter((interval) => interval.horizon === horizon.horizon);
  if (intervals.length > 0) intervalChart(parent, horizon, days, intervals);
  if (horizon.horizon === 1 && result.tails.length > 0) tailChart(parent, result.tails);
  const paths = result.parameters.filter((path) => path.horizon === horizon.horizon);
  if (paths.length > 0) parameterChart(parent, paths);
  if (result.news.length > 0) newsChart(parent, result.news);
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
