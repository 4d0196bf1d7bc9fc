# SPDX-License-Identifier: GPL-2.0-only
#
# Draw one chart, as SVG and as PNG: a panel for each point, with a horizontal
# bar for each system. plots.gnuplot, which the report writes, loads this for
# each chart and sets before:
#
#	name		NAME.dat is read, NAME.svg and NAME.png are written
#	title, axis	the chart's title, and the axes' label
#	better		"shorter is better", or longer
#	points		array: the panels' titles
#	note		explanation below the panels, or ""
#
# NAME.dat has a block for each panel, and in it a line for each bar, the
# highest bar first: place from 0 on, system, kind, figure, lowest, highest,
# label.

reset

# The last is for results that do not say the kind. The colours are Okabe and
# Ito's, which colour-blind people can tell apart.
array kinds[5] = ["kbus", "kernel mechanism", "library without a broker", \
	"broker", "unknown"]
array starts[5] = [0, 70, 220, 410, 490]
array colours[5] = [0x0072b2, 0x56b4e9, 0xe69f00, 0xcc79a7, 0xaaaaaa]
kind(text) = text eq kinds[1] ? 1 : text eq kinds[2] ? 2 : \
	text eq kinds[3] ? 3 : text eq kinds[4] ? 4 : 5

# The figures of the repetitions may differ by this share without a mark.
slack = 0.05

data = name.'.dat'
stats data using 1 nooutput
bars = STATS_max + 1
stats data using (kind(strcol(3))) nooutput
shown_kinds = STATS_max > 4 ? 5 : 4
stats data using 5 nooutput
lowest = STATS_min
stats data using 6 nooutput
highest = STATS_max
stats data using ($6 - $5 > slack * $4) nooutput
if (STATS_max) {
	note = note.(strlen(note) ? '; ' : '') \
		.'thin lines: lowest to highest repetition'
}

# Sizes are in pixels.
panels = |points|
columns = panels < 4 ? panels : 2
lines = (panels + columns - 1) / columns
width = 860.0
head = 62
names = 108
panel = width / columns
panel_bars = bars * 16
panel_height = panel_bars + 56
bottom = head + lines * panel_height - 32
height = bottom + (strlen(note) ? 66 : 44)

# The axis of values over more than a decade is logarithmic, and begins at a
# power of ten times 1, 2 or 5. The highest bar leaves room for its label.
wide = lowest > 0 && highest > 10 * lowest
decade = wide ? 10 ** floor(log10(lowest * 0.9)) : 1
digit = lowest * 0.9 / decade
begin = wide ? decade * (digit < 2 ? 1 : digit < 5 ? 2 : 5) : 0
room = 52 / (panel - names - 14)
end = wide ? highest * (highest / begin) ** (room / (1 - room)) : \
	highest > 0 ? highest / (1 - room) : 1

x(pixels) = pixels / width
y(pixels) = 1 - pixels / real(height)

set style fill solid noborder
set errorbars 0.6
set border 0
unset key
set tics scale 0
set grid xtics lc rgb 0xe4e4e4 lt 1 lw 1
set xrange [lowest < 0 ? lowest : begin : end]
set yrange [bars - 0.4:-0.6]
if (wide) {
	set logscale x
	decade_width = (panel - names - 14) / log10(end / begin)
	set xtics ((decade_width > 70 ? sprintf('%g', begin) : '') begin)
	do for [digit in decade_width > 130 ? "1 2 5" : "1"] {
		do for [i = -3:7] {
			tic = digit * 10.0 ** i
			if (tic <= highest * 1.3) { set xtics add (tic) }
		}
	}
	axis = axis.', logarithmic axis'
}

do for [form in "svg png"] {
	if (form eq 'svg') {
		set terminal svg noenhanced size width,height background 'white' \
			font 'Helvetica,Arial,sans-serif,12'
	} else {
		set terminal pngcairo noenhanced size width,height font 'Arial,9'
	}
	set output name.'.'.form
	set multiplot
	set label title at screen x(12),y(18) left font ',14'
	set label better at screen x(width - 14),y(42) right
	set label axis at screen x(width / 2),y(bottom + 32) center
	set label note at screen x(12),y(bottom + 54) left
	do for [i = 1:shown_kinds] {
		set label kinds[i] at screen x(18 + starts[i]),y(42) left \
			offset 1,-0.2 point pt 5 ps 1.5 lc rgb colours[i]
	}
	do for [i = 1:panels] {
		left = ((i - 1) % columns) * panel
		top = head + ((i - 1) / columns) * panel_height + 24
		set lmargin at screen x(left + names)
		set rmargin at screen x(left + panel - 14)
		set tmargin at screen y(top)
		set bmargin at screen y(top + panel_bars)
		set title points[i] offset 0,-0.6
		plot data index i - 1 using 4:1:(begin):4:($1 - 0.4):($1 + 0.4) \
			:(colours[kind(strcol(3))]):ytic(2) \
			with boxxyerror lc rgb variable, \
		     data index i - 1 \
			using ($6 - $5 > slack * $4 ? $4 : NaN):1:5:6 \
			with xerrorbars pt -1 lc rgb 0x444444, \
		     data index i - 1 using 6:1:7 \
			with labels left offset 0.5,0
		unset label
	}
	unset multiplot
	unset output
}
