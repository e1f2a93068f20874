"""The trusted half: test cells, run where no student code runs."""
