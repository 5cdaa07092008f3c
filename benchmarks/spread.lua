-- For wrk: asks the instances 0 to n-1 in turn, so that the load is spread over all of them.
local count, next_one = 1, 0

function init(arguments)
  count = tonumber(arguments[1])
end

function request()
  next_one = (next_one + 1) % count
  return wrk.format("GET", "/c/" .. next_one .. "/")
end
