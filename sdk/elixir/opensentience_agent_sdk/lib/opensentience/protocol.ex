defmodule OpenSentience.Protocol do
  @moduledoc """
  The envelope of the runtime protocol, version 1: building and checking messages.

  Agents never need this module; it is here for those who write test doubles or read a trace.
  """

  alias OpenSentience.JSON

  @version 1
  @max_name_bytes 128
  @links [:in_reply_to, :request_id, :correlation_id, :causation_id]

  defmodule Message do
    @moduledoc "A received message whose envelope is in order."

    @enforce_keys [:type, :id, :payload]
    defstruct [
      :type,
      :id,
      :ts,
      :payload,
      :in_reply_to,
      :request_id,
      :correlation_id,
      :causation_id,
      :error
    ]

    @type t :: %__MODULE__{
            type: String.t(),
            id: String.t(),
            ts: String.t(),
            payload: map,
            in_reply_to: String.t() | nil,
            request_id: String.t() | nil,
            correlation_id: String.t() | nil,
            causation_id: String.t() | nil,
            error: map | nil
          }
  end

  @doc "The protocol version this SDK speaks."
  @spec version() :: pos_integer
  def version, do: @version

  @doc "What `agent.hello` lists as capabilities."
  @spec capabilities() :: [String.t()]
  def capabilities, do: ["streaming", "cancellation", "invoke"]

  @doc """
  A message, encoded, without its length prefix.

  `links` may hold `:id` (else a new one), `:in_reply_to`, `:request_id`, `:correlation_id`,
  `:causation_id` and `:error`; those that are `nil` are left out.
  """
  @spec encode(String.t(), map, map | keyword) :: binary
  def encode(type, payload, links \\ []) do
    envelope = %{
      v: @version,
      type: type,
      id: links[:id] || uuid(),
      ts: timestamp(),
      payload: payload
    }

    [:error | @links]
    |> Enum.reduce(envelope, fn key, envelope ->
      if links[key] == nil, do: envelope, else: Map.put(envelope, key, links[key])
    end)
    |> JSON.encode!()
  end

  @doc """
  Reads a frame. The reason of a failure is the protocol's code for it.

      iex> OpenSentience.Protocol.decode("[]")
      {:error, "protocol.bad_frame"}
      iex> OpenSentience.Protocol.decode(~s({"v": 1, "type": "core.ping"}))
      {:error, "protocol.bad_envelope"}
  """
  @spec decode(binary, module) :: {:ok, Message.t()} | {:error, String.t()}
  def decode(frame, codec \\ JSON) do
    case codec.decode(frame) do
      {:ok, %{"v" => version}} when is_integer(version) and version != @version ->
        {:error, "protocol.version_unsupported"}

      {:ok, envelope} when is_map(envelope) ->
        check(envelope)

      _not_an_object ->
        {:error, "protocol.bad_frame"}
    end
  end

  defp check(
         %{"v" => @version, "type" => type, "id" => id, "ts" => ts, "payload" => payload} = all
       )
       when is_binary(type) and is_binary(id) and is_binary(ts) and is_map(payload) do
    links = Map.new(@links, fn key -> {key, all[Atom.to_string(key)]} end)

    if name?(type) and uuid?(id) and timestamp?(ts) and Enum.all?(links, &link?/1) and
         actor?(all["actor"]) and error?(all["error"]) do
      message = %Message{type: type, id: id, ts: ts, payload: payload, error: all["error"]}
      {:ok, struct!(message, links)}
    else
      {:error, "protocol.bad_envelope"}
    end
  end

  defp check(_incomplete), do: {:error, "protocol.bad_envelope"}

  defp link?({_key, value}), do: is_nil(value) or name?(value)

  defp name?(text), do: is_binary(text) and byte_size(text) in 1..@max_name_bytes

  defp actor?(nil), do: true

  defp actor?(actor) do
    is_map(actor) and actor["type"] in ["human", "agent", "system"] and is_binary(actor["id"])
  end

  defp error?(nil), do: true
  defp error?(error), do: is_map(error) and is_binary(error["code"])

  defp uuid?(text),
    do:
      byte_size(text) == 36 and
        Regex.match?(~r/\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/i, text)

  defp timestamp?(text), do: match?({:ok, _time, 0}, DateTime.from_iso8601(text))

  @doc "A new random UUID (version 4)."
  @spec uuid() :: String.t()
  def uuid do
    <<a::48, _::4, b::12, _::2, c::62>> = :crypto.strong_rand_bytes(16)
    <<a::32, b::16, c::16, d::16, e::48>> = <<a::48, 4::4, b::12, 2::2, c::62>>

    [{a, 8}, {b, 4}, {c, 4}, {d, 4}, {e, 12}]
    |> Enum.map_join("-", fn {number, width} ->
      number |> Integer.to_string(16) |> String.downcase() |> String.pad_leading(width, "0")
    end)
  end

  @doc "Now, as the wire wants it: RFC 3339, UTC, milliseconds."
  @spec timestamp() :: String.t()
  def timestamp do
    DateTime.utc_now() |> DateTime.truncate(:millisecond) |> DateTime.to_iso8601()
  end
end
