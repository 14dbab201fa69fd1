-- Script for wrk: token requests of all clients in turn, one connection after the other, and a
-- report as one line of JSON, because wrk's own table cannot be parsed reliably. The argument is a
-- file with one form body per line, and behind a tab a DPoP proof if the request has one.

local threads = 0

function setup(thread)
  thread:set('number', threads)
  threads = threads + 1
end

function init(args)
  local headers = {
    ['Content-Type'] = 'application/x-www-form-urlencoded',
    ['Accept'] = 'application/json',
  }
  requests = {}
  for line in io.lines(args[1]) do
    local body, proof = line:match('^([^\t]*)\t?(.*)$')
    headers['DPoP'] = proof ~= '' and proof or nil
    requests[#requests + 1] = wrk.format('POST', nil, headers, body)
  end
  -- Threads begin at different clients; 7919 is a prime, so that they do not meet in step.
  next_request = (number * 7919) % #requests
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
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
