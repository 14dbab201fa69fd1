-- Script for wrk: refreshes families of tokens in turn, each with the newest token that the server
-- gave for it, and reports as wrk-tokens.lua does. The argument is a file with one family per line:
-- its form without the token, a tab, and its first token. Answers come in any order: the id of a
-- request, which the server repeats, tells whose answer it is.

function init(args)
  forms, tokens, free, first, last = {}, {}, {}, 1, 0
  for line in io.lines(args[1]) do
    local form, token = line:match('^([^\t]*)\t(.*)$')
    last = last + 1
    forms[last], tokens[last], free[last] = form, token, last
  end
  headers = {
    ['Content-Type'] = 'application/x-www-form-urlencoded',
    ['Accept'] = 'application/json',
  }
end

-- A family is out of the row while one of its requests is under way.
function request()
  local family = free[first]
  free[first] = nil
  first = first + 1
  headers['X-Request-Id'] = tostring(family)
  return wrk.format('POST', nil, headers, forms[family] .. tokens[family])
end

-- What was refused counts as an error, and its family is left out from then on.
function response(status, answered, body)
  local family = tonumber(answered['x-request-id'])
  local token = body:match('"refresh_token":"([^"]+)"')
  if token then
    tokens[family] = token
    last = last + 1
    free[last] = family
  end
end

function done(summary, latency, rate)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"micros":%d,"p50":%d,"p90":%d,"p99":%d,"p999":%d,"max":%d,'
      .. '"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency:percentile(99.9), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
