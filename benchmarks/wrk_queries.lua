-- Searches for wrk, one after the other; each thread begins at another one.
--
--   wrk -t2 -c8 -d20s --latency -s benchmarks/wrk_queries.lua http://127.0.0.1:8000 -- '/api/v1/search?limit=10&q='
--
-- The last argument is the path up to the query. The last line printed is a JSON object with what was measured.
-- benchmarks/server.py reads the queries too: one a line, in double quotes.

local queries = {
  "kết quả giảm nghèo",
  "ket qua giam ngheo",
  "tỷ lệ hộ nghèo cuối nhiệm kỳ",
  "ty le ho can ngheo",
  "thu ngân sách trên địa bàn",
  "thu ngan sach nha nuoc",
  "xây dựng nông thôn mới",
  "xa dat chuan nong thon moi",
  "công tác kiểm tra, giám sát",
  "kiem tra giam sat cua dang",
  "kết nạp đảng viên mới",
  "phát triển đảng viên ở thôn bản",
  "ty le che phu rung",
  "trồng rừng và bảo vệ rừng",
  "sản lượng lương thực có hạt",
  "chăn nuôi gia súc gia cầm",
  "diện tích cây ăn quả",
  "cây dược liệu dưới tán rừng",
  "giải quyết việc làm cho lao động",
  "xuat khau lao dong",
  "trường đạt chuẩn quốc gia",
  "phổ cập giáo dục mầm non",
  "bao hiem y te toan dan",
  "trạm y tế xã",
  "bản sắc văn hóa các dân tộc",
  "du lịch cộng đồng",
  "chuyển đổi số trong cơ quan",
  "cải cách hành chính",
  "giải phóng mặt bằng chậm",
  "đường giao thông liên xã",
  "nước sạch và vệ sinh môi trường",
  "hạn chế, khuyết điểm",
  "nguyên nhân chủ quan",
  "bài học kinh nghiệm",
  "phương hướng nhiệm kỳ tới",
  "mục tiêu thu nhập bình quân đầu người",
  "quốc phòng, an ninh biên giới",
  "phòng chống tham nhũng, tiêu cực",
  "poverty reduction",
  "party member development",
}

local function encoded(text)
  return (text:gsub("[^%w%-%._~]", function(byte) return string.format("%%%02X", string.byte(byte)) end))
end

local threads = 0

function setup(thread)
  thread:set("first", threads)
  threads = threads + 1
end

function init(arguments)
  requests, at = {}, first * 13
  for i, query in ipairs(queries) do
    requests[i] = wrk.format("GET", arguments[1] .. encoded(query))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  -- Times come in microseconds. "status" counts answers above 399.
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "p50": %.3f, "p99": %.3f, "status": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
