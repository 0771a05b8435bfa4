# Random search as a program: `awk -f random_search.awk`, with any awk of POSIX.
#
# A proposal is a point of the unit cube, one number for each parameter, so nothing of the space but its dimensions
# has to be read. Lines are read by the shell's `read`, since awk itself may wait for a whole block of them.

function next_line(line) {
    reader = "IFS= read -r line && printf '%s\\n' \"$line\""
    line = ""
    reader | getline line
    close(reader)
    return line
}

# The whole number of a key that stands for one.
function number_of(line, key) {
    if (!match(line, "\"" key "\":[0-9]+")) return 0
    return substr(line, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
}

# In (0, 1): Park and Miller's generator, which gives the same numbers with every awk.
function random() {
    state = (16807 * state) % 2147483647
    return state / 2147483647
}

function proposals(count,    text, i, j) {
    text = ""
    for (i = 1; i <= count; i++) {
        text = text (i > 1 ? "," : "") "{\"unit\":["
        for (j = 1; j <= dimensions; j++) text = text (j > 1 ? "," : "") sprintf("%.10f", random())
        text = text "]}"
    }
    return "{\"proposals\":[" text "]}"
}

BEGIN {
    while ((line = next_line()) != "") {
        if (line ~ /^\{"type":"start"/) {
            dimensions = number_of(line, "dimensions")
            state = number_of(line, "seed") % 2147483646 + 1
            for (i = 0; i < 10; i++) random() # neighbouring seeds begin with neighbouring numbers
        } else if (line ~ /^\{"type":"ask"/) {
            print proposals(number_of(line, "count"))
            fflush()
        } else if (line ~ /^\{"type":"stop"/) {
            break
        }
    }
}
