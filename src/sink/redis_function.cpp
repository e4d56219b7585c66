#include "sink/redis_function.hpp"

#include "base/hash.hpp"

namespace spoor::sink {

namespace {

constexpr std::string_view code = R"lua(
local WORDS = 9

local function index_keys(prefix, level, host, rule, techniques)
  local keys = {prefix .. ':idx:time', prefix .. ':idx:sev:' .. level}
  -- A name from outside may be of any length; a key should not be.
  if host ~= '' then keys[#keys + 1] = prefix .. ':idx:host:' .. string.sub(host, 1, 256) end
  if rule ~= '' then keys[#keys + 1] = prefix .. ':idx:rule:' .. string.sub(rule, 1, 256) end
  for technique in string.gmatch(techniques, '%S+') do
    keys[#keys + 1] = prefix .. ':idx:tech:' .. technique
  end
  return keys
end

local function put(prefix, retention, now, sequence, id, time, level, severity, host, rule, techniques, json)
  local key = prefix .. ':alert:' .. id
  if redis.call('EXISTS', key) == 1 then return 'there' end
  redis.call('HSET', key, 'json', json, 'severity', severity, 'sequence', sequence)
  redis.call('PEXPIRE', key, retention)
  local score = time ~= '' and time or now
  for _, index in ipairs(index_keys(prefix, level, host, rule, techniques)) do
    redis.call('ZADD', index, score, id)
  end
  redis.call('XADD', prefix .. ':stream:alerts', '*', 'id', id, 'sequence', sequence, 'time', score,
    'level', level, 'severity', severity, 'host', host, 'rule', rule, 'techniques', techniques)
  return 'new'
end

-- The stream is in order of storage: what retention and the limit remove is at its beginning. At most
-- `steps` alerts a call, so that no call takes long.
local function trim(prefix, oldest, max, steps)
  local stream = prefix .. ':stream:alerts'
  local excess = redis.call('XLEN', stream) - max
  local head = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if not head or (excess <= 0 and tonumber(string.match(head[1], '^%d+')) >= oldest) then return 0 end
  local gone, alerts, members = {}, {}, {}
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', steps)) do
    if #gone >= excess and tonumber(string.match(entry[1], '^%d+')) >= oldest then break end
    local field = {}
    for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
    if field.id then
      alerts[#alerts + 1] = prefix .. ':alert:' .. field.id
      for _, index in ipairs(index_keys(prefix, field.level or '', field.host or '', field.rule or '',
          field.techniques or '')) do
        members[index] = members[index] or {}
        table.insert(members[index], field.id)
      end
    end
    gone[#gone + 1] = entry[1]
  end
  -- One call a key. A key that is not ours any more is left alone.
  if #alerts > 0 then redis.call('UNLINK', unpack(alerts)) end
  for index, ids in pairs(members) do redis.pcall('ZREM', index, unpack(ids)) end
  if #gone > 0 then
    local ms, n = string.match(gone[#gone], '^(%d+)-(%d+)$')
    redis.call('XTRIM', stream, 'MINID', ms .. '-' .. string.format('%.0f', tonumber(n) + 1))
  end
  return #gone
end

-- Errors of the server, not of the alert: it may be written later.
local function is_temporary(text)
  for _, word in ipairs({'OOM', 'READONLY', 'LOADING', 'MASTERDOWN', 'MISCONF', 'NOREPLICAS', 'CLUSTERDOWN',
      'BUSY', 'NOPERM', 'ACL failure'}) do
    if string.find(text, word, 1, true) then return true end
  end
  return false
end

local function alert_put(keys, args)
  local prefix, store = args[1], args[2]
  local applied = redis.call('HGET', keys[1], store) or '0'
  if tonumber(applied) < tonumber(args[3]) then
    return redis.error_reply('SPOORGAP ' .. applied)
  end
  local retention, legacy = args[4], args[6]
  local clock = redis.call('TIME')
  local now = string.format('%.0f', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000))
  local answer, levels, lines, num_new, stopped = {applied}, {}, {}, 0, nil
  local num = (#args - 7) / WORDS
  for i = 0, num - 1 do
    local a = 8 + i * WORDS
    local sequence, id = args[a], args[a + 1]
    local result = 'old'
    if tonumber(sequence) > tonumber(applied) then
      local ok, what = pcall(put, prefix, retention, now, sequence, id, args[a + 2], args[a + 3], args[a + 4],
        args[a + 5], args[a + 6], args[a + 7], args[a + 8])
      if not ok then
        what = type(what) == 'table' and what.err or tostring(what)
        if is_temporary(what) then
          stopped = what
          break
        end
        redis.pcall('DEL', prefix .. ':alert:' .. id)
        what = '!' .. what
      elseif what == 'new' then
        num_new = num_new + 1
        levels[args[a + 3]] = (levels[args[a + 3]] or 0) + 1
        lines[#lines + 1] = args[a + 8]
      end
      result = what
      applied = sequence
    end
    answer[#answer + 1] = result
  end
  if applied ~= answer[1] then
    redis.call('HSET', keys[1], store, applied)
    answer[1] = applied
  end
  if num_new > 0 then
    if legacy ~= '' then
      redis.call('RPUSH', legacy, unpack(lines))
      redis.call('LTRIM', legacy, '-' .. args[7], -1)
    end
    local stats = prefix .. ':stats:alerts'
    redis.call('HINCRBY', stats, 'written', num_new)
    for level, n in pairs(levels) do redis.call('HINCRBY', stats, 'level:' .. level, n) end
  end
  local trimmed = trim(prefix, tonumber(now) - tonumber(retention), tonumber(args[5]), 2 * num + 16)
  if trimmed > 0 then redis.call('HINCRBY', prefix .. ':stats:alerts', 'trimmed', trimmed) end
  if stopped then answer[#answer + 1] = stopped end
  return answer
end

redis.register_function('spoor_alert_put', alert_put)
redis.register_function{function_name = 'spoor_version', callback = function() return VERSION end,
  flags = {'no-writes'}}
)lua";

}  // namespace

const std::string& redis_function_version() {
    static const std::string version = to_hex(digest128(code));
    return version;
}

const std::string& redis_function_code() {
    static const std::string text = "#!lua name=spoor\nlocal VERSION = '" +
                                    redis_function_version() + "'\n" + std::string(code);
    return text;
}

}  // namespace spoor::sink
