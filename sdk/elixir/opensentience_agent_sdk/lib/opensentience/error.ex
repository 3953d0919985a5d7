defmodule OpenSentience.Error do
  @moduledoc """
  A failure that may leave the agent: a stable code, a sentence that is safe to show, and nothing
  else unless the author put it there.

      {:error, OpenSentience.Error.new("quota_exceeded", "The monthly quota is used up.")}

  Codes of the protocol that speak of a tool (`tool.busy`) are sent as they are. Any other code is the
  agent's own and goes out under the agent's id, `com.example.notes.quota_exceeded` for one: the
  protocol's prefixes are a closed list. Codes with which the Core refuses (`permission.denied`) are
  not an agent's to send: they go out as `tool.failed`.

  Never put a secret, a stack trace or inspected terms into `message` or `details`.
  """

  alias OpenSentience.JSON
  alias OpenSentience.JSON.Fragment
  alias OpenSentience.Text

  @enforce_keys [:code, :message]
  defstruct [:code, :message, :details, retryable: false]

  @type t :: %__MODULE__{
          code: String.t(),
          message: String.t(),
          details: map | nil,
          retryable: boolean
        }

  @families %{
    "protocol" =>
      ~w(unauthorized version_unsupported bad_frame frame_too_large bad_envelope unknown_type
         unexpected_message duplicate_session rate_exceeded handshake_timeout manifest_drift
         shutting_down),
    "tool" =>
      ~w(not_found unavailable invalid_input invalid_output input_too_large output_too_large
         canceled timeout crashed failed busy confirmation_required),
    "agent" => ~w(not_found not_installed not_built not_enabled not_running unhealthy disconnected
         start_failed already_running crash_loop),
    "permission" => ~w(denied not_approved drift revoked invalid),
    "limit" => ~w(rate concurrency inflight memory cpu disk log),
    "internal" => ~w(error)
  }
  @codes for {family, names} <- @families, name <- names, do: "#{family}.#{name}"
  @retryable ~w(tool.timeout tool.busy limit.rate limit.concurrency agent.disconnected
                agent.unhealthy)
  # The Core accepts no others from an agent.
  @sendable Enum.map(@families["tool"] -- ["confirmation_required"], &("tool." <> &1)) ++
              ~w(protocol.bad_envelope protocol.shutting_down)
  @max_own_code_bytes 64
  @max_message_bytes 1000
  @max_details_bytes 8192

  @doc "The codes of the runtime protocol that an agent may send or meet."
  @spec codes() :: [String.t()]
  def codes, do: Enum.sort(@codes)

  @doc """
  An error. Options: `:details` (a map), `:retryable`.

  Whether a code of the protocol may be retried is settled there; the option counts for own codes.

      iex> OpenSentience.Error.new("tool.busy", "Try again soon.").retryable
      true
  """
  @spec new(String.t(), String.t(), keyword) :: t
  def new(code, message, options \\ []) when is_binary(code) and is_binary(message) do
    retryable = if code in @codes, do: code in @retryable, else: options[:retryable] == true
    %__MODULE__{code: code, message: message, details: options[:details], retryable: retryable}
  end

  @doc """
  What a tool's `{:error, reason}` means, as an error.

  Text is the message of `tool.failed`. An atom is a code: of the protocol's `tool.` family if it is
  in there, else the agent's own. Any other term is not shown, since nobody checked what is in it.

      iex> OpenSentience.Error.from_reason(:unavailable).code
      "tool.unavailable"
      iex> OpenSentience.Error.from_reason(:file_missing)
      %OpenSentience.Error{code: "file_missing", message: "file missing", retryable: false}
      iex> OpenSentience.Error.from_reason({:password, "hunter2"}).message
      "The tool failed."
  """
  @spec from_reason(term) :: t
  def from_reason(%__MODULE__{} = error), do: error
  def from_reason(text) when is_binary(text), do: new("tool.failed", text)

  def from_reason(atom) when is_atom(atom) and atom not in [nil, true, false] do
    name = Atom.to_string(atom)
    message = String.replace(name, "_", " ")
    new(if(name in @families["tool"], do: "tool." <> name, else: name), message)
  end

  def from_reason(_term), do: new("tool.failed", "The tool failed.")

  @doc """
  The error as it goes over the wire, sent by the agent `agent_id`.

      iex> error = OpenSentience.Error.new("quota_exceeded", "The quota is used up.")
      iex> OpenSentience.Error.to_wire(error, "com.example.notes")["code"]
      "com.example.notes.quota_exceeded"
  """
  @spec to_wire(t, String.t()) :: %{String.t() => term}
  def to_wire(%__MODULE__{} = error, agent_id) do
    code = wire_code(error.code, agent_id)

    %{
      "code" => code,
      "message" => shorten(error.message),
      "retryable" => if(code in @codes, do: code in @retryable, else: error.retryable),
      "where" => "agent"
    }
    |> put_details(error.details)
  end

  @doc "Reads an error that came over the wire; what is missing is filled in."
  @spec from_wire(term) :: t
  def from_wire(%{"code" => code} = error) when is_binary(code) do
    message = if is_binary(error["message"]), do: error["message"], else: code
    details = if is_map(error["details"]), do: error["details"]

    %__MODULE__{
      code: code,
      message: message,
      details: details,
      retryable: error["retryable"] == true
    }
  end

  def from_wire(_other), do: new("internal.error", "The other side sent no error code.")

  defp wire_code(code, _agent_id) when code in @sendable, do: code
  defp wire_code(code, _agent_id) when code in @codes, do: "tool.failed"

  defp wire_code(code, agent_id) do
    own = String.replace_prefix(code, agent_id <> ".", "")

    if byte_size(own) <= @max_own_code_bytes and own =~ ~r/\A[a-z0-9_-]+(\.[a-z0-9_-]+)*\z/,
      do: "#{agent_id}.#{own}",
      else: "tool.failed"
  end

  defp shorten(text) do
    case Text.scrub(text) do
      text when byte_size(text) <= @max_message_bytes -> text
      text -> Text.prefix(text, @max_message_bytes - 3) <> "..."
    end
  end

  # Details are a courtesy: when they cannot be sent, the error still is.
  defp put_details(wire, details) when is_map(details) and not is_struct(details) do
    with {:ok, iodata} <- JSON.encode_to_iodata(details),
         true <- IO.iodata_length(iodata) <= @max_details_bytes do
      Map.put(wire, "details", %Fragment{iodata: iodata})
    else
      _unfit -> wire
    end
  end

  defp put_details(wire, _none), do: wire
end
