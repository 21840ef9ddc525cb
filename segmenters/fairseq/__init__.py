"""fairseq's notations, which published speech encoders come in; fairseq itself is not needed."""
