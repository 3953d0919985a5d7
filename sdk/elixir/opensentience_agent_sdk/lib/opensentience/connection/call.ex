defmodule OpenSentience.Connection.Call do
  @moduledoc false
  # One call under way, and the decision what its end means. Pure.

  alias OpenSentience.{Error, Protocol}
  alias OpenSentience.JSON.Fragment
  alias OpenSentience.Tool.{Runner, Spec}

  @enforce_keys [:id, :spec, :task, :context, :links, :started_at, :started]
  defstruct [
    :id,
    :spec,
    :task,
    :context,
    :links,
    :started_at,
    :started,
    :timer,
    phase: :running,
    seq: 0,
    stream_bytes: 0,
    metrics: %{}
  ]

  @typedoc "`answered`: its result is out, its process is not gone yet."
  @type phase :: :running | {:canceling, String.t() | nil} | :answered
  @type t :: %__MODULE__{id: String.t(), spec: Spec.t(), phase: phase}

  @max_stream_bytes 10 * 1024 * 1024
  @max_metrics 64

  @doc """
  What to tell the Core when the call's process has come to `outcome`.

  A tool that finishes its work after all, although it was asked to stop, has succeeded: what it did
  is done. However else it ends then, it was canceled.
  """
  @spec decide(phase, Runner.outcome()) :: Runner.outcome() | :nothing
  def decide(:answered, _outcome), do: :nothing
  def decide(:running, outcome), do: outcome
  def decide({:canceling, _reason}, {:succeeded, output}), do: {:succeeded, output}
  def decide({:canceling, _reason}, {:canceled, note}), do: {:canceled, note}
  def decide({:canceling, _reason}, {:failed, _error}), do: {:canceled, nil}

  @doc "Room for another `bytes` of stream? The call with its number, or why not."
  @spec next_stream(t, non_neg_integer) :: {:ok, t} | {:error, :gone | :limit}
  def next_stream(%{phase: :answered}, _bytes), do: {:error, :gone}

  def next_stream(%{stream_bytes: sent}, bytes) when sent + bytes > @max_stream_bytes,
    do: {:error, :limit}

  def next_stream(call, bytes),
    do: {:ok, %{call | seq: call.seq + 1, stream_bytes: call.stream_bytes + bytes}}

  @spec put_metric(t, String.t(), number) :: t
  def put_metric(%{metrics: metrics} = call, key, number)
      when map_size(metrics) < @max_metrics or is_map_key(metrics, key),
      do: %{call | metrics: Map.put(metrics, key, number)}

  def put_metric(call, _key, _number), do: call

  @doc "The payload of `agent.tool.result`."
  @spec result(t, Runner.outcome()) :: map
  def result(call, outcome) do
    elapsed = System.monotonic_time(:millisecond) - call.started

    call.id
    |> bare_result(outcome, call.context.agent_id)
    |> Map.merge(%{
      "started_at" => call.started_at,
      "finished_at" => Protocol.timestamp(),
      "metrics" => Map.put(call.metrics, "duration_ms", elapsed)
    })
  end

  @doc "The result of a call that never started."
  @spec bare_result(String.t(), Runner.outcome(), String.t()) :: map
  def bare_result(call_id, {:succeeded, json}, _agent_id),
    do: %{"call_id" => call_id, "status" => "succeeded", "output" => %Fragment{iodata: json}}

  def bare_result(call_id, {:failed, error}, agent_id),
    do: %{
      "call_id" => call_id,
      "status" => "failed",
      "error" => Error.to_wire(error, agent_id)
    }

  def bare_result(call_id, {:canceled, note}, agent_id) do
    error = Error.new("tool.canceled", note || "The call was canceled.")
    %{"call_id" => call_id, "status" => "canceled", "error" => Error.to_wire(error, agent_id)}
  end
end
