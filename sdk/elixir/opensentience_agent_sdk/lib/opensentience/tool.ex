defmodule OpenSentience.Tool do
  @moduledoc """
  One tool: what it is called, what it takes, what it does.

      defmodule Hello.Tools.Greet do
        @moduledoc "Greets somebody."
        use OpenSentience.Tool,
          input: [name: [type: :string, min_length: 1, required: true]]

        @impl true
        def run(%{"name" => name}, _context), do: {:ok, %{"greeting" => "Hello, \#{name}!"}}
      end

  ## Options of `use`

  | option | meaning | default |
  | --- | --- | --- |
  | `name` | lower-case letters, digits, `_`, `-` | last part of the module name, underscored |
  | `description` | what the tool is for, in the words of a caller | the `@moduledoc` |
  | `input` | properties in the keyword form of `OpenSentience.Schema` | any object |
  | `input_schema` | JSON Schema as a map, instead of `input` | |
  | `output` / `output_schema` | the same for what it returns | not told |
  | `capabilities` | any of `:streaming`, `:cancellation` | `[]` |
  | `permissions` | permissions of the manifest that this tool needs | `[]` |
  | `side_effects` | whether it changes anything | `false` |
  | `requires_directive` | whether a person must confirm each call | `false` |
  | `tags` | words for callers that look for tools | `[]` |
  | `timeout` | milliseconds a call may take, if the caller grants as much | `600_000` |
  | `validate` | check input and output against the schemas; `:patterns` for `pattern` too | `true` |
  | `max_output_bytes` | of the encoded output | what fits a frame |
  | `capture_io` | send what the tool prints as stream of the call | `false` |

  ## What `run/2` returns

  | value | the call has |
  | --- | --- |
  | `:ok` | succeeded, with an empty output |
  | `{:ok, map}` | succeeded, with that output |
  | `{:ok, other}` | succeeded, with `{"result": other}`, and a warning in the log |
  | `{:error, text}` | failed, `tool.failed` with that message |
  | `{:error, atom}` | failed, with that code: see `OpenSentience.Error.from_reason/1` |
  | `{:error, %OpenSentience.Error{}}` | failed, with that error |
  | `{:error, other}` | failed, `tool.failed`; the term is not shown |
  | `{:canceled, note}` | been canceled |

  A tool that raises, throws or exits has failed with `tool.crashed`. Callers learn the name of the
  exception; the text, which may hold anything, goes to the agent's log.

  Input has string keys. Do not turn it into atoms: there is room for only so many.
  """

  alias OpenSentience.{Context, Error}
  alias OpenSentience.Tool.Spec

  @type input :: %{optional(String.t()) => OpenSentience.JSON.value()}
  @type result ::
          :ok
          | {:ok, term}
          | {:error, Error.t() | String.t() | atom | term}
          | {:canceled, String.t() | nil}

  @doc "Does the work. Runs in a process of its own, one for each call."
  @callback run(input, Context.t()) :: result

  @doc "The tool's name, unique within the agent."
  @callback name() :: String.t()

  @doc "What the tool is for."
  @callback description() :: String.t()

  @doc "JSON Schema of the input; of an object."
  @callback input_schema() :: OpenSentience.Schema.t()

  @doc "JSON Schema of the output, if that is promised."
  @callback output_schema() :: OpenSentience.Schema.t() | nil

  @doc """
  Called when a call is canceled, in another process than `run/2`. For tools that hold something
  which does not end with their process; others look at `OpenSentience.Context.cancelled?/1`.
  """
  @callback handle_cancel(reason :: String.t() | nil, Context.t()) :: term

  @optional_callbacks name: 0, description: 0, input_schema: 0, output_schema: 0, handle_cancel: 2

  @doc false
  defmacro __using__(options) do
    quote do
      @behaviour OpenSentience.Tool
      @before_compile OpenSentience.Tool
      @opensentience_tool OpenSentience.Tool.Spec.check_options!(unquote(options))
    end
  end

  @doc false
  defmacro __before_compile__(environment) do
    options = Module.get_attribute(environment.module, :opensentience_tool)
    documentation = documentation(environment.module)
    spec = Spec.from_options(options, environment.module, documentation)

    quote do
      @doc false
      def __opensentience_tool__ do
        OpenSentience.Tool.Spec.override(unquote(Macro.escape(spec)), __MODULE__)
      end
    end
  end

  defp documentation(module) do
    case Module.get_attribute(module, :moduledoc) do
      {_line, text} when is_binary(text) -> String.trim(text)
      _none -> nil
    end
  end

  @doc "What `module` says about its tool."
  @spec spec(module) :: Spec.t()
  def spec(module), do: module.__opensentience_tool__()
end
