# What a benchmark says: lines NAME<tab>VALUE<tab>UNIT. Sourced.
# shellcheck shell=bash

put_value() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }

# The median of the numbers read; of an even number of them between the two in the middle; nothing of none.
middle() { sort -n | awk '{ v[NR] = $1 } END { if (NR > 0) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
