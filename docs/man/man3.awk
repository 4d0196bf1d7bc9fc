# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -v dir=DIR -f man3.awk bus.h PAGES: write the manual pages of section 3 to
# DIR. PAGES is what kernel-doc -man printed for bus.h: pages of the kernel's
# manual, with a date. The pages in DIR are the same with every version of
# kernel-doc. In bus.h this looks only for functions that are types.

BEGIN {
	system_section["fork"] = 2
	system_section["daemon"] = 3
}

function fail(text) {
	print "man3.awk: " FILENAME ":" FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

function add(line) {
	body[page] = body[page] line "\n"
}

# Notes the names of bus.h in a line, for SEE ALSO. A type is noted both ways by
# a synopsis that has it.
function mention(line,    name) {
	while (match(line, /(^|[^a-z_])bus_[a-z_]+/)) {
		name = substr(line, RSTART, RLENGTH)
		sub(/^[^a-z_]/, "", name)
		see[page, name] = 1
		if (section == "SYNOPSIS")
			see[name, page] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

# Functions are in bold; they get the section that they are in.
function with_sections(line,    name, done) {
	while (match(line, /\\fB[a-z_0-9]+\\fP/)) {
		name = substr(line, RSTART + 3, RLENGTH - 6)
		done = done substr(line, 1, RSTART + RLENGTH - 1)
		if (name != page && name ~ /^bus_/)
			done = done "(3)"
		else
			done = done "(" system_section[name] ")"
		line = substr(line, RSTART + RLENGTH)
	}
	return done line
}

function prose(line) {
	mention(line)
	line = with_sections(line)
	# A minus sign, not a hyphen.
	gsub(/-[E0-9]/, "\\\\&", line)
	if (line ~ /^[.']/)
		line = "\\&" line
	if (section == "RETURN VALUE" && begins)
		line = toupper(substr(line, 1, 1)) substr(line, 2)
	if (paragraph && !begins)
		add(".PP")
	add(line)
	paragraph = begins = 0
}

# A line of a function's synopsis: .B "TYPE" FUNCTION
function begin_function(line) {
	sub(/^\.B "/, "", line)
	head = line
	sub(/" /, line ~ /\*"/ ? "" : " ", head)
	head = (page in is_type ? "typedef " : "") head "("
	indent = length(head)
	synopsis = ""
}

# Or: .BI "(TYPE NAME "  "," and the last with ");" instead of ","
function add_parameter(line,    end, name) {
	end = line ~ /\);"$/ ? ");" : ","
	sub(/^\.BI "\(?/, "", line)
	sub(/ *" *"[,);]*"$/, "", line)
	mention(line)
	if (!match(line, /[a-z_0-9]+$/))
		fail("no parameter: " line)
	name = substr(line, RSTART)
	if (synopsis && column + length(line) < 66) {
		synopsis = synopsis " \", "
		column += 2
	} else {
		if (synopsis)
			add(synopsis " ,")
		synopsis = ".BI \"" (synopsis ? sprintf("%" indent "s", "") : head)
		column = indent
	}
	synopsis = synopsis substr(line, 1, RSTART - 1) "\" " name
	column += length(line)
	if (end == ");")
		add(synopsis " );")
}

FNR == 1 { file++ }

file == 1 && /^typedef .*\(/ {
	sub(/\(.*/, "")
	is_type[$NF] = 1
}
file == 1 { next }

/^\.TH / { section = page = ""; next }

/^\.SH / {
	if (section == "SYNOPSIS")
		add(".fi")
	section = toupper(substr($0, 5))
	gsub(/"/, "", section)
	if (section == "RETURN")
		section = "RETURN VALUE"
	begins = 1
	paragraph = 0
	if (section != "NAME" && section != "SEE ALSO")
		add(".SH " section)
	if (section == "SYNOPSIS")
		add(".nf\n.B #include <bus.h>\n.PP")
	next
}

# [struct|enum] NAME \- TEXT
section == "NAME" {
	if (!match($0, / \\- /))
		fail("no name: " $0)
	page = substr($0, 1, RSTART - 1)
	sub(/.* /, "", page)
	if (page in body)
		fail("two pages are called " page)
	pages[++count] = page
	add(".SH NAME\n" page substr($0, RSTART))
	add(".SH LIBRARY\nlibbus (\\-lbus)")
	next
}

section == "SEE ALSO" { next }

section == "SYNOPSIS" {
	if (/^(struct|enum) /)
		add(".B " $0)
	else if (/^\.B "/)
		begin_function($0)
	else if (sub(/^\.BI " +/, ".B \"    ")) {
		mention($0)
		add($0)
	} else if (/^\.BI "./)
		add_parameter($0)
	else if (/^, *$/)
		sub(/"\n$/, ",\"\n", body[page])
	else if (/^};/)
		add(".B };")
	next
}

/^(\.PP)?$/ { paragraph = 1; next }

/^\.IP "/ {
	add(".TP\n" (section == "CONSTANTS" ? ".B " : ".I ") substr($2, 2, length($2) - 2))
	begins = 1
	next
}

/^\.IP \\\[bu\]$/ || sub(/^- /, "") {
	add(".IP \\(bu 2")
	begins = 1
	if (/^\./)
		next
}

{ prose($0) }

function other_pages(name,    i, j, at, others, list) {
	for (i = 1; i <= count; i++) {
		if (pages[i] == name || !((name, pages[i]) in see))
			continue
		for (j = ++others; j > 1 && list[j - 1] > pages[i]; j--)
			list[j] = list[j - 1]
		list[j] = pages[i]
	}
	for (i = 1; i <= others; i++)
		at = at ".BR " list[i] " (3),\n"
	return at ".BR libbus (3)"
}

END {
	if (failed)
		exit 1
	if (!count)
		fail("no pages")
	for (i = 1; i <= count; i++) {
		out = dir "/" pages[i] ".3"
		print ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later" >out
		print ".\\\" Made from bus.h." >out
		print ".TH " pages[i] " 3 \"\" \"kbus\" \"Library Functions Manual\"" >out
		# Names stay whole.
		print ".nh\n.ad l" >out
		printf "%s", body[pages[i]] >out
		print ".SH SEE ALSO\n" other_pages(pages[i]) >out
		close(out)
	}
}
