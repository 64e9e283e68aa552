"use strict";

// Years are counted; there is none between two of them.
function yearAxis(years) {
  return { x: { pixelsPerLabel: 55, drawGrid: false, ticker: () => years.map((year) => ({ v: year, label: String(year) })) } };
}

function yearChart(parent, title, note, horizon, own, value, ylabel) {
  const names = own.map((model) => model.name);
  const graph = chart(
    parent,
    title,
    note,
    ["year", ...names],
    rows(
      horizon.years,
      own.map((model) => value(model)),
    ),
    {
      ylabel,
      xRangePad: 12,
      drawPoints: true,
      pointSize: 2.5,
      colors: own.map((model) => model.colour),
      axes: yearAxis(horizon.years),
    },
  );
  boxes(
    parent,
    graph,
    names,
    names.map(() => true),
  );
}

function panelCharts(parent, result, index) {
  const horizon = result.horizons[index];
  // A model has one colour in all charts.
  horizon.models.forEach((model, i) => {
    model.colour = colours[i % colours.length];
  });
  const colourOf = (name) => horizon.models.find((model) => model.name === name).colour;
  const ahead = `${horizon.horizon} ${horizon.horizon === 1 ? "day" : "days"} ahead`;
  yearChart(
    parent,
    `QLIKE by year, ${ahead}`,
    "Mean over symbols of their means in the year.",
    horizon,
    horizon.models,
    (model) => model.qlike,
    "QLIKE",
  );
  const base = horizon.models.find((model) => model.name === result.baseline);
  yearChart(
    parent,
    `Against ${result.baseline} by year`,
    `QLIKE over that of ${result.baseline}, less 1, in percent: below 0 where a model is better.`,
    horizon,
    horizon.models.filter((model) => model !== base),
    (model) => model.qlike.map((value, i) => (value === null ? null : 100 * (value / base.qlike[i] - 1))),
    "%",
  );
  if (horizon.paths) {
    const names = horizon.paths.map((path) => path.name);
    const graph = chart(
      parent,
      "Loss over time",
      `Running sum of each day's mean QLIKE less that of ${result.baseline}: falling where a model gains on it. Drag to zoom.`,
      ["origin", ...names],
      rows(
        dates(horizon.dates),
        horizon.paths.map((path) => path.sum),
      ),
      { ylabel: "QLIKE, cumulated", xlabel: "day of the forecast", colors: names.map(colourOf) },
    );
    boxes(
      parent,
      graph,
      names,
      names.map(() => true),
    );
  }
  if (horizon.networks.length > 0) {
    horizon.networks.forEach((network, i) => {
      network.colour = colours[(i + 1) % colours.length];
    });
    yearChart(
      parent,
      "What networks add to their base, by year",
      "QLIKE over that of the base, less 1, in percent: below 0 where the network is better; 0 where it was left untrained.",
      horizon,
      horizon.networks,
      (network) => network.percent,
      "%",
    );
  }
}

if (typeof Dygraph !== "undefined") {
  const parent = document.querySelector(".panel-charts");
  choice(
    parent,
    "Days ahead",
    panelResult.horizons.map((horizon) => horizon.horizon),
    (target, chosen) => panelCharts(target, panelResult, chosen),
  );
}
