# Reads the -xml report of one xunit.v3 runner; prints each failed and each skipped test and what is known of it, and
# writes "passed failed skipped" into the file named by the variable `counts`. An error outside any test (a fixture that
# throws on its way out) counts as a failed test. Exits 1 when the report lacks its end: the runner fell over writing it.

# One record is one tag with the text behind it; a CDATA section may hold "<" and so span several.
BEGIN { RS = "<"; longest = 30 }

in_text {
  take("<" $0)
  next
}

/^!\[CDATA\[/ {
  in_text = 1
  text = ""
  take(substr($0, 9))
  next
}

/^assembly / {
  passed += attribute("passed")
  failed += attribute("failed") + attribute("errors")
  skipped += attribute("skipped")
}

/^error / { outcome = "Fail"; name = attribute("type") " " attribute("name") }
/^test / { outcome = attribute("result"); name = attribute("name") }
/^(test|error) .*\/>/ { tell() }
/^\/(test|error)>/ { tell() }
/^\/assemblies>/ { complete = 1 }

END {
  print passed + 0, failed + 0, skipped + 0 > counts
  exit !complete
}

# Adds to the CDATA section being read; at its end hands it to the test that it belongs to.
function take(piece,    end) {
  end = index(piece, "]]>")
  text = text (end ? substr(piece, 1, end - 1) : piece)
  if (!end) return
  in_text = 0
  details = details (outcome == "Skip" ? text : indented(text))
}

function tell() {
  if (outcome == "Fail") printf "  failed   %s\n%s", name, details
  if (outcome == "Skip") printf "  skipped  %s: %s\n", name, details
  outcome = details = ""
}

function indented(block,    lines, count, i, result) {
  count = split(block, lines, "\n")
  for (i = 1; i <= count && i <= longest; i++)
    if (lines[i] !~ /^ *$/ && lines[i] !~ /^ *at System\./) result = result "           " lines[i] "\n"
  if (count > longest) result = result "           (" count - longest " lines more)\n"
  return result
}

# The runner writes quotation marks in a name escaped twice, for XML and for C#.
function attribute(key,    start, value) {
  start = index($0, " " key "=\"")
  if (!start) return ""
  value = substr($0, start + length(key) + 3)
  value = substr(value, 1, index(value, "\"") - 1)
  gsub(/&lt;/, "<", value)
  gsub(/&gt;/, ">", value)
  gsub(/&quot;/, "\"", value)
  gsub(/&#x?[0-9A-Fa-f]+;/, " ", value)
  gsub(/&amp;/, "\\&", value)
  gsub(/\\"/, "\"", value)
  return value
}
