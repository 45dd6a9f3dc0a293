-- What wrk asks, told by the environment: WHAT (record, file, list, create), FIRST, LAST, COOKIE or TOKEN, PATHS.
-- PAUSE: milliseconds between two requests of a connection.
-- The last line it prints is for bench/run: requests, errors, microseconds, and latencies in microseconds.
local what, first, last = os.getenv("WHAT"), tonumber(os.getenv("FIRST") or 1), tonumber(os.getenv("LAST") or 1)
local headers = {}
if os.getenv("COOKIE") then headers["Cookie"] = "zhike_session=" .. os.getenv("COOKIE") end
if os.getenv("TOKEN") then headers["Authorization"] = "Bearer " .. os.getenv("TOKEN") end
local signs = { "华", "信", "达", "通", "恒", "瑞", "盛", "隆", "泰", "安", "康", "博", "创", "新", "科", "源" }
local paths = {}
for path in (os.getenv("PATHS") or ""):gmatch("%S+") do paths[#paths + 1] = path end

if os.getenv("PAUSE") then
  function delay() return tonumber(os.getenv("PAUSE")) end
end

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  math.randomseed(os.time() * 16 + number)
  if what == "create" then headers["Content-Type"] = "application/json" end
end

local function sign() return signs[math.random(#signs)] end

function request()
  if what == "record" then
    return wrk.format("GET", "/api/v1/accounts/" .. math.random(first, last), headers)
  elseif what == "file" then
    return wrk.format("GET", "/" .. math.random(first, last), headers)
  elseif what == "list" then
    return wrk.format("GET", paths[math.random(#paths)], headers)
  end
  return wrk.format("POST", "/api/v1/accounts", headers,
    '{"name":"上海' .. sign() .. sign() .. sign() .. sign() .. '有限公司","type":"prospect","industry":"retail","phone":"021' ..
    math.random(10000000, 99999999) .. '","city":"上海"}')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("WRK %d %d %d %.0f %.0f\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
