-- What wrk asks, and what it says at the end in one line that `compare` reads.
-- The argument after `--` is how many requests go out before an answer is waited for.

local batch

function init(arguments)
    local one = wrk.format("GET", "/")
    batch = string.rep(one, tonumber(arguments[1]) or 1)
end

function request()
    return batch
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("compare: %d requests in %d us, p99.9 %d us, %d errors\n",
        summary.requests, summary.duration, latency:percentile(99.9), failed))
end
