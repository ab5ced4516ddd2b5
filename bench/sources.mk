# The benchmark programs.
