'use strict';
(function () {
  var button = document.getElementById('copy');
  var ticket = document.getElementById('ticket');
  if (button && ticket) {
    var done = function () { button.textContent = 'Copied'; };
    var select = function () {
      ticket.parentNode.open = true;
      var range = document.createRange();
      range.selectNodeContents(ticket);
      var selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      if (document.execCommand('copy')) { done(); }
    };
    button.hidden = false;
    button.addEventListener('click', function () {
      if (navigator.clipboard) { navigator.clipboard.writeText(ticket.textContent).then(done, select); } else { select(); }
    });
  }
  var data = document.getElementById('report');
  if (!data) { return; }
  var report = JSON.parse(data.textContent);
  var clock = function (zone) {
    var how = { timeZone: zone, day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false };
    return new Intl.DateTimeFormat('en-GB', how);
  };
  var zone = report.zone;
  var format;
  try { format = clock(zone); } catch (unknown) { zone = 'UTC'; format = clock(zone); }
  var tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  document.body.appendChild(tip);
  var sum = function (list, from, to) { return (list || []).slice(from, to).reduce(function (a, b) { return a + b; }, 0); };
  var most = function (list, from, to) { return Math.max.apply(null, (list || []).slice(from, to).concat(0)); };
  report.episodes.forEach(function (e) {
    var article = document.getElementById(e.id);
    if (!article) { return; }
    var strip = e.strip;
    var bins = strip.admitted.length;
    var step = Math.max(1, Math.round(60 / strip.bin_s));
    article.querySelectorAll('figure svg').forEach(function (svg) {
      var left = Number(svg.dataset.left);
      var right = Number(svg.dataset.right);
      svg.addEventListener('mouseleave', function () { tip.hidden = true; });
      svg.addEventListener('mousemove', function (at) {
        var box = svg.getBoundingClientRect();
        var x = (at.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
        var bin = Math.floor((x - left) / (right - left) * bins);
        if (!(bin >= 0 && bin < bins)) { tip.hidden = true; return; }
        var from = bin - bin % step;
        var to = Math.min(bins, from + step);
        var text = format.format(new Date(Date.parse(strip.from) + from * strip.bin_s * 1000)) + ' ' + zone + ': ' +
          sum(strip.admitted, from, to) + ' admitted, ' + sum(strip.refused, from, to) + ' refused';
        if (strip.in_flight && strip.in_flight.length) { text += ', up to ' + most(strip.in_flight, from, to) + ' in flight'; }
        tip.textContent = text;
        tip.hidden = false;
        var wide = tip.offsetWidth;
        tip.style.left = Math.max(4, Math.min(at.clientX + 12, document.documentElement.clientWidth - wide - 4)) + 'px';
        tip.style.top = (at.clientY + 16) + 'px';
      });
    });
  });
}());
