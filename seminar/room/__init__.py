"""The untrusted half: rooms, the warm parent, the candidate's kernel, the invigilator."""
