defmodule OpenSentience.JSON.Codec do
  @moduledoc """
  What a JSON library needs to offer to serve as the `json:` option of `OpenSentience.Agent`.

  It reads what the Core sends and writes what tools return. Objects are maps with string keys.
  """

  @doc "Reads one JSON value that fills the whole binary."
  @callback decode(binary) :: {:ok, OpenSentience.JSON.value()} | {:error, term}

  @doc "Writes a term as JSON."
  @callback encode_to_iodata(term) :: {:ok, iodata} | {:error, term}
end
