-- wrk's script. Without arguments it repeats the plain GET; with a file of access tokens, one a line, every request is a
-- chat of the next account in turn, and every answer must be a whole one of the model.
-- The last line of output is JSON, for load.py.

local message = "Je suis comptable et je voudrais devenir data analyst : par où commencer ma reconversion ?"
local chats, turn = {}, 0
local threads = {}
unexpected = 0 -- global: thread:get reads nothing else

function setup(thread)
  table.insert(threads, thread)
end

local function next_chat()
  turn = turn % #chats + 1
  return chats[turn]
end

local function check(status, headers, body)
  if status ~= 200 or not body:find('"finish":"complete"', 1, true) then
    unexpected = unexpected + 1
  end
end

function init(arguments)
  if #arguments == 0 then return end
  local body = '{"message":"' .. message .. '"}'
  for token in io.lines(arguments[1]) do
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
    table.insert(chats, wrk.format("POST", nil, headers, body))
  end
  turn = os.time() * 7919 % #chats
  request, response = next_chat, check
end

function done(summary, latency)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("unexpected") end
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"refused":%d,"incomplete":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status, wrong,
    errors.connect + errors.read + errors.write, errors.timeout))
end
