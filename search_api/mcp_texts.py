"""What a model is told: how to ask, how to quote. Long on purpose, since a model knows nothing else of this server."""

from __future__ import annotations

INSTRUCTIONS = """\
Văn Kiện searches reports, resolutions and other documents of the Communist Party of Vietnam and of local authorities \
(provinces, districts, communes). Everything is in Vietnamese; questions may be in Vietnamese (with or without \
diacritics, with abbreviations such as NTM, HĐND) or in English.

How to work:
1. `search` with a short topic, not a whole question: "kết quả giảm nghèo", "thu ngân sách trên địa bàn".
2. Narrow inside the query string where the user names a place, a year or a kind of passage: \
huyện:"Mường Ảng" năm:2023 loại:bảng "nguyên văn cần có" -từ_loại_bỏ.
3. `fetch` a hit to read it with its neighbours and footnotes. Figures are often in footnotes and table rows only.
4. `compare` for one topic across all documents; `outline` to see how one is built; `documents` for what there is.
5. Before you quote, `verify` the quotation. Quote only what comes back as "verbatim". If it is "altered", use the \
document's own words that the answer shows. Never change a figure, never fill in one that no passage states, and say \
so when nothing was found. A note that the documents may say nothing on the question means just that: read before you \
believe a passage.
6. Cite with the `citation` that comes with each hit, and link its `url`.
"""

SEARCH = """\
Search the documents by meaning and by words; returns up to 10 passages, best first, each with id, title, url and the \
passage's own text (verbatim, with its footnotes).

Write the query as a short topic in Vietnamese if you can ("tỷ lệ hộ nghèo", "hạn chế trong giảm nghèo"); English and \
Vietnamese without diacritics work too. Filters go inside the string:
- place: huyện:"Nậm Pheo"  tỉnh:"Sơn Khê"  xã:"Bản Lếch"  (old and new names, before and after July 2025)
- year: năm:2023  năm:2020-2025
- kind: loại:"chú thích" (footnotes)  loại:bảng (table rows)  loại:đoạn (paragraphs)
- one document: văn_bản:"báo cáo chính trị" (its number, file, id or words of its title)
- "exact phrase", -excluded
Document numbers are understood in any spelling (02-NQ/HU, "nghị quyết 02").
If nothing fits, or `notes` says that the documents may say nothing on this, ask again in other words or with a filter \
less; then say that nothing was found. Do not answer from memory.
"""

FETCH = """\
Read one passage whole, by the id that `search` gave: its text, footnotes, the passages before and after it, headings, \
page, citation and offsets. With the id of a document (see `documents`) it returns the document's text from the \
beginning; "ID@OFFSET" goes on at a character offset, as `metadata.next` says.

Quote only from `text`, letter by letter.
"""

VERIFY = """\
Check a quotation before you show it to the user. Says whether it stands in the documents word for word:
- verbatim: every word, number and sign is the document's own; safe to quote, with `place.citation`;
- altered: the nearest place, and each change (`differences`: what you wrote, what the document says); use the \
document's words instead;
- misattributed: the words are right, but stand in another document or on another page than you named;
- not_found: do not quote it.
Give `document` (id, number, place or words of the title) when you attribute the quotation to one.
White space, quotation marks, case, tone-mark placement, punctuation between words and a footnote's mark copied along \
do not matter (`tolerated` names them); words, figures and signs do.
"""

COMPARE = """\
One topic across the documents: the best passage of each, best first, and the documents that say nothing about it. \
Use it for "which districts …", "how do they differ …". Filters go inside the query as for `search`.
"""

CONTEXT = """\
The best evidence for a question within a budget of tokens: passages with their footnotes and neighbours, each once, \
numbered [1], [2], … in reading order, with citations, ready to answer from. Cite by number.
"""

DOCUMENTS = """\
The documents there are: id, title, issuer, place, period, date, number of passages. Pass `offset` to go on.
"""

OUTLINE = """\
The headings of one document as a tree, with pages;
an id is one of `documents` or the part of a passage's id before ":".
"""

ANSWER = """\
Trả lời câu hỏi dưới đây chỉ bằng những gì các văn kiện nói. / Answer the question below from the documents only.

Câu hỏi / question: {question}

1. Gọi `search` (hai hoặc ba cách hỏi khác nhau), rồi `fetch` các đoạn cần dùng, kể cả chú thích và bảng.
   Call `search` in two or three wordings, then `fetch` what you need, footnotes and table rows too.
2. Mỗi câu trích phải qua `verify` với `document`; chỉ trích câu được trả về "verbatim".
   Pass every quotation through `verify` with its `document`; quote only what comes back "verbatim".
3. Viết trả lời ngắn, mỗi ý kèm câu trích trong ngoặc kép và `citation` của nó.
   Answer briefly, each point with its quotation in quotation marks and its `citation`.
4. Không có thì nói là không có; không suy đoán số liệu.
   Where the documents say nothing, say so; never guess a figure.
"""

COMPARE_PLACES = """\
So sánh các địa phương về: {topic} / Compare the places on this topic.

1. Gọi `compare` với chủ đề ngắn; đọc kỹ đoạn của từng văn kiện bằng `fetch`.
   Call `compare` with a short topic; read each document's passage with `fetch`.
2. Lập bảng: địa phương, kỳ báo cáo, số liệu đúng như văn kiện viết (đơn vị, "ước", "kế hoạch"), trích dẫn.
   Make a table: place, period, the figure as the document writes it (unit, "ước", "kế hoạch"), citation.
3. Kiểm tra từng số bằng `verify`; địa phương không có số liệu thì ghi "không nêu".
   Check each figure with `verify`; where a place states none, write "không nêu".
"""
