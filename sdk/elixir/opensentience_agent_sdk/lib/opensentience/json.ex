defmodule OpenSentience.JSON do
  @moduledoc """
  The JSON codec of the SDK: RFC 8259, strict, without dependencies.

  Two programs that read the same bytes must see the same data, so whatever parsers are known to
  disagree about is refused: duplicate keys, invalid UTF-8, lone surrogates, U+0000, numbers no
  float can hold, bytes after the value. Depth and the digits of an integer are bounded, because the time
  to read a document must not grow faster than its length.

  Erlang's `:json` (OTP 27) and Elixir's `JSON` (1.18) accept duplicate keys and unbounded depth and
  integers, so they are no replacement and are never picked silently. An agent may choose another
  codec with the `json:` option of `OpenSentience.Agent`: any `OpenSentience.JSON.Codec`.

      iex> OpenSentience.JSON.decode(~s({"a": [1, 2.5, null]}))
      {:ok, %{"a" => [1, 2.5, nil]}}

      iex> {:error, error} = OpenSentience.JSON.decode(~s({"a": 1, "a": 2}))
      iex> {error.reason, error.position}
      {:duplicate_key, 16}

      iex> {:ok, iodata} = OpenSentience.JSON.encode_to_iodata(%{at: ~D[2026-01-31], n: 1.0e20})
      iex> IO.iodata_to_binary(iodata)
      ~s({"at":"2026-01-31","n":1.0e20})
  """

  alias OpenSentience.JSON.{DecodeError, Decoder, EncodeError, Writer}

  @typedoc "What `decode/2` produces: keys are always strings, never atoms."
  @type value ::
          nil | boolean | number | String.t() | [value] | %{optional(String.t()) => value}

  @behaviour OpenSentience.JSON.Codec

  @doc """
  Reads one JSON value that fills the whole binary.

  Options: `:max_depth` of nested arrays and objects (64), `:max_digits` of an integer (1000).
  """
  @impl true
  @spec decode(binary, keyword) :: {:ok, value} | {:error, DecodeError.t()}
  def decode(binary, options \\ []) when is_binary(binary), do: Decoder.decode(binary, options)

  @doc """
  Writes a term as JSON.

  Maps may have string or atom keys; atoms are written as strings; dates and times as ISO 8601;
  structs only when they implement `OpenSentience.JSON.Encoder`. Anything else, such as a tuple, a
  process id or text that is not UTF-8, is an error. So is what the Core would not read: U+0000 in
  text, integers that no float can hold, and nesting deeper than 60, since a message adds its own.

      iex> {:error, error} = OpenSentience.JSON.encode_to_iodata(%{pair: {1, 2}})
      iex> Exception.message(error)
      "a tuple cannot be written as JSON"
  """
  @impl true
  @spec encode_to_iodata(term) :: {:ok, iodata} | {:error, EncodeError.t()}
  def encode_to_iodata(term) do
    {:ok, Writer.write(term)}
  rescue
    error in EncodeError -> {:error, error}
  end

  @doc """
  Like `encode_to_iodata/1`, but returns a binary or raises `OpenSentience.JSON.EncodeError`.

      iex> OpenSentience.JSON.encode!(["a", 1, true, nil])
      ~s(["a",1,true,null])
  """
  @spec encode!(term) :: binary
  def encode!(term), do: IO.iodata_to_binary(Writer.write(term))

  @doc """
  A term as text that fits into a message, encoded by `codec`.

  What another codec has written is read again: the Core closes the connection of an agent that sends
  what it must not, for the sake of all, so one output must not get that far.
  """
  @spec encode_for_wire(module, term) :: {:ok, binary} | {:error, term}
  def encode_for_wire(__MODULE__, term) do
    with {:ok, iodata} <- encode_to_iodata(term), do: {:ok, IO.iodata_to_binary(iodata)}
  end

  def encode_for_wire(codec, term) do
    with {:ok, iodata} <- codec.encode_to_iodata(term),
         json = IO.iodata_to_binary(iodata),
         {:ok, _value} <- decode(json, max_depth: Writer.max_depth(), max_digits: 308),
         do: {:ok, json}
  end
end

defmodule OpenSentience.JSON.DecodeError do
  @moduledoc "Bytes that are not the JSON we accept: what is wrong, and at which byte (from 0)."

  defexception [:reason, :position]

  @type reason ::
          :unexpected_end
          | :unexpected_byte
          | :invalid_utf8
          | :invalid_escape
          | :lone_surrogate
          | :control_character
          | :nul
          | :duplicate_key
          | :number_too_long
          | :number_out_of_range
          | :too_deep
          | :trailing_bytes
  @type t :: %__MODULE__{reason: reason, position: non_neg_integer}

  @impl true
  def message(%{reason: reason, position: position}) do
    "invalid JSON at byte #{position}: #{String.replace(Atom.to_string(reason), "_", " ")}"
  end
end

defmodule OpenSentience.JSON.EncodeError do
  @moduledoc "A term that has no JSON form. Names the kind of term, never its content."

  defexception [:message]

  @type t :: %__MODULE__{message: String.t()}
end

defmodule OpenSentience.JSON.Fragment do
  @moduledoc "JSON that is already encoded; written as it is."

  @enforce_keys [:iodata]
  defstruct [:iodata]

  @type t :: %__MODULE__{iodata: iodata}
end

defprotocol OpenSentience.JSON.Encoder do
  @moduledoc """
  How a struct is written as JSON.

      defimpl OpenSentience.JSON.Encoder, for: MyApp.Money do
        def to_json(money), do: %{amount: money.cents, currency: money.currency}
      end

  There is no default for structs: what leaves the agent is what somebody decided to send.
  """

  @doc "A term that the codec can write: a map, list, string, number, boolean or `nil`."
  @spec to_json(t) :: term
  def to_json(struct)
end
