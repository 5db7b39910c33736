// Owns `embed.js`, which other sites load to show the status of a page in a frame. It sends nothing of the site, reads nothing
// of it, and adds one element. Less than 2 kB.

export const EMBED_SCRIPT_PATH = '/embed.js';

/**
 * Attributes of the script: `data-page` (id, default: the page at the root), `data-key` (of a page with a password),
 * `data-theme`, `data-height`, `data-title`, and `data-when="trouble"`: show nothing while all is well.
 */
export const EMBED_SCRIPT = `(function () {
  var script = document.currentScript;
  if (!script) return;
  var data = script.dataset;
  var base = new URL(script.src).origin + (data.page ? '/pages/' + encodeURIComponent(data.page) : '');
  var url = function (path, names) {
    var query = names.filter(function (name) { return data[name]; }).map(function (name) {
      return name + '=' + encodeURIComponent(data[name]);
    });
    return base + path + (query.length ? '?' + query.join('&') : '');
  };
  var show = function () {
    var frame = document.createElement('iframe');
    frame.src = url('/embed', ['key', 'theme']);
    frame.title = data.title || 'Service status';
    frame.height = data.height || '84';
    frame.referrerPolicy = 'no-referrer';
    frame.style.cssText = 'border:0;width:100%;color-scheme:normal';
    script.after(frame);
  };
  if (data.when !== 'trouble') return show();
  fetch(url('/api/v2/status.json', ['key']), { credentials: 'omit' })
    .then(function (response) { return response.json(); })
    .then(function (body) { if (body.status.indicator !== 'none') show(); })
    .catch(function () {});
})();
`;
