defmodule OpenSentience.Schema do
  @moduledoc """
  A subset of JSON Schema 2020-12: built from keywords, checked on input and output.

  The Core checks every call against the same schema before the agent sees it; checking again here
  makes a tool safe in tests and under any Core.

      iex> OpenSentience.Schema.object(path: [type: :string, required: true], depth: [type: :integer])
      %{
        "type" => "object",
        "properties" => %{"path" => %{"type" => "string"}, "depth" => %{"type" => "integer"}},
        "required" => ["path"],
        "additionalProperties" => false
      }

  ## Keywords

  | in the keyword form | in JSON Schema |
  | --- | --- |
  | `type:` one of `:string`, `:integer`, `:number`, `:boolean`, `:object`, `:array`, `:null`, or a list of those | `type` |
  | `enum: [...]`, `const: value` | `enum`, `const` |
  | `minimum:`, `maximum:`, `exclusive_minimum:`, `exclusive_maximum:`, `multiple_of:` | the same, in camel case |
  | `min_length:`, `max_length:` (characters), `pattern:` | the same |
  | `items: [...]` (a schema), `min_items:`, `max_items:`, `unique_items:` | the same |
  | `properties: [...]`, `additional_properties:` (a boolean or a schema) | the same |
  | `required: true` on a property | its name in the object's `required` |
  | `description:`, `title:`, `default:`, `examples:` | the same |

  An object built here admits no other properties unless `additional_properties: true` says so.

  `pattern` is sent to the Core, which checks it, but is not checked here unless asked for: dialects
  of regular expressions differ, and a bad one can take for ever. `validate/3` ignores keywords
  outside the subset; `unknown_keywords/1` lists them.
  """

  alias OpenSentience.Schema.{Builder, Validator}

  @typedoc "A JSON Schema as data, with string keys."
  @type t :: %{optional(String.t()) => term} | boolean

  @typedoc "Where in the value (a JSON pointer, empty for the whole) and what is wrong with it."
  @type problem :: %{path: String.t(), message: String.t()}

  @doc "The schema of an object with these properties; see the table above."
  @spec object(keyword) :: t
  def object(properties) when is_list(properties), do: Builder.object(properties, [])

  @doc """
  The schema of any value, from its keyword form. Raises `ArgumentError` for unknown keywords.

      iex> OpenSentience.Schema.build(type: :array, items: [type: :string, max_length: 10])
      %{"type" => "array", "items" => %{"type" => "string", "maxLength" => 10}}
  """
  @spec build(keyword | t) :: t
  def build(schema), do: Builder.build(schema)

  @doc """
  Checks a decoded JSON value. The value that comes back has absent properties filled in from their
  `default`, and whole floats as integers where the schema says `integer`.

  Problems never quote the value. Option `:pattern`: whether to check `pattern` (default `false`).

      iex> schema = OpenSentience.Schema.object(n: [type: :integer, minimum: 1, required: true])
      iex> OpenSentience.Schema.validate(schema, %{"n" => 3.0})
      {:ok, %{"n" => 3}}
      iex> OpenSentience.Schema.validate(schema, %{"n" => 0, "secret" => "x"})
      {:error,
       [
         %{path: "/n", message: "must be at least 1"},
         %{path: "/secret", message: "is not a known property"}
       ]}
  """
  @spec validate(t, OpenSentience.JSON.value(), keyword) ::
          {:ok, OpenSentience.JSON.value()} | {:error, [problem, ...]}
  def validate(schema, value, options \\ []), do: Validator.validate(schema, value, options)

  @doc """
  Keywords of a schema that `validate/3` ignores, each with its place.

      iex> OpenSentience.Schema.unknown_keywords(%{"type" => "object", "if" => true})
      ["/if"]
  """
  @spec unknown_keywords(t) :: [String.t()]
  def unknown_keywords(schema), do: Validator.unknown_keywords(schema, "")
end
