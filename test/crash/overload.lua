-- Script for wrk: token requests, half of them for a resource, with a count of what came back. A
-- refusal counts as proper when it says when to come again. The arguments are the two form bodies.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local headers = { ['Content-Type'] = 'application/x-www-form-urlencoded' }
  requests = {
    wrk.format('POST', nil, headers, args[1]),
    wrk.format('POST', nil, headers, args[2]),
  }
  count, tokens, refused, shed, improper = 0, 0, 0, 0, 0
end

function request()
  count = count + 1
  return requests[count % 2 + 1]
end

function response(status, headers, body)
  if status == 200 then
    tokens = tokens + 1
  elseif status == 503 and headers['retry-after'] == '1' then
    refused = refused + 1
    if body:find('the server is overloaded', 1, true) then shed = shed + 1 end
  else
    improper = improper + 1
  end
end

function done(summary, latency)
  local total = { tokens = 0, refused = 0, shed = 0, improper = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + tonumber(thread:get(name))
    end
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"seconds":%f,"tokens":%d,"refused":%d,"shed":%d,'
      .. '"improper":%d,"broken":%d,"p99Ms":%f}\n',
    summary.duration / 1e6, total.tokens, total.refused, total.shed, total.improper,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(99) / 1000))
end
