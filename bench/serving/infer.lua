-- One question of 20 numbers, batch 1, again and again: what `wrk` sends.
local row = {}
for i = 0, 19 do row[#row + 1] = string.format("%.1f", 0.1 * i) end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"inputs":[{"name":"X","shape":[1,20],"datatype":"FP32","data":[' .. table.concat(row, ",") .. ']}]}'
