defmodule OpenSentience.SchemaTest do
  use ExUnit.Case, async: true

  alias OpenSentience.Schema

  doctest Schema

  # {schema, values it admits, values it does not}
  @cases [
    {%{}, [1, nil, "x"], []},
    {true, [1], []},
    {false, [], [1, nil]},
    {%{"type" => "integer"}, [1, -1, 1.0], [1.5, "1", true, nil]},
    {%{"type" => "number"}, [1, 1.5], ["1", false]},
    {%{"type" => ["string", "null"]}, ["", nil], [0, []]},
    {%{"type" => "boolean"}, [true, false], [nil, 0, "true"]},
    {%{"enum" => [1, "a", nil, [1]]}, [1, 1.0, "a", nil, [1]], [2, "b", false, []]},
    {%{"const" => %{"a" => 1}}, [%{"a" => 1}, %{"a" => 1.0}], [%{}, 1]},
    {%{"minimum" => 2, "maximum" => 3}, [2, 2.5, 3, "x"], [1.9, 4]},
    {%{"exclusiveMinimum" => 2, "exclusiveMaximum" => 3}, [2.5], [2, 3]},
    {%{"multipleOf" => 5}, [10, 0, -5, 5.0], [3, 5.5]},
    {%{"multipleOf" => 0.5}, [1, 1.5], [0.3]},
    {%{"multipleOf" => 0.01}, [19.99, 0.07, 1.0e30, -3], [0.005, 1.0e-5]},
    {%{"minLength" => 2, "maxLength" => 3}, ["ab", "äöü", "👩‍👩"], ["a", "abcd"]},
    {%{"items" => %{"type" => "integer"}}, [[], [1, 2], "x"], [["a"], [1, nil]]},
    {%{"minItems" => 1, "maxItems" => 2}, [[1], [1, 2]], [[], [1, 2, 3]]},
    {%{"uniqueItems" => true}, [[1, 2], [[1], [2]]], [[1, 1.0], [%{"a" => 1}, %{"a" => 1.0}]]},
    {%{"required" => ["a"]}, [%{"a" => nil}, 1], [%{}, %{"b" => 1}]},
    {%{"properties" => %{"a" => %{"type" => "string"}}}, [%{}, %{"a" => "x", "b" => 1}],
     [%{"a" => 1}]},
    {%{"properties" => %{"a" => true}, "additionalProperties" => false}, [%{"a" => 1}],
     [%{"a" => 1, "b" => 2}]},
    {%{"additionalProperties" => %{"type" => "integer"}}, [%{"x" => 1}], [%{"x" => "1"}]},
    {%{"properties" => %{"a" => false}}, [%{}], [%{"a" => 1}]}
  ]

  test "admits and refuses as JSON Schema 2020-12 does" do
    for {schema, good, bad} <- @cases do
      for value <- good,
          do: assert({:ok, _} = Schema.validate(schema, value), inspect({schema, value}))

      for value <- bad,
          do: assert({:error, [_ | _]} = Schema.validate(schema, value), inspect({schema, value}))
    end
  end

  test "checks patterns only when asked to" do
    schema = Schema.build(type: :string, pattern: "^[a-z]+$")
    assert {:ok, "A1"} = Schema.validate(schema, "A1")
    assert {:error, _} = Schema.validate(schema, "A1", pattern: true)
    assert {:ok, "ab"} = Schema.validate(schema, "ab", pattern: true)
  end

  test "names the place and never the value" do
    schema =
      Schema.object(
        rows: [
          type: :array,
          required: true,
          items: [properties: [{"a/b", [type: :string, max_length: 3]}]]
        ]
      )

    value = %{"rows" => [%{"a/b" => "ok"}, %{"a/b" => "hunter2"}]}
    assert {:error, [problem]} = Schema.validate(schema, value)
    assert problem == %{path: "/rows/1/a~1b", message: "must have at most 3 characters"}
    assert {:error, [%{path: "", message: "lacks rows"}]} = Schema.validate(schema, %{})
  end

  test "stops telling problems when there are many" do
    {:error, problems} = Schema.validate(%{"items" => false}, Enum.to_list(1..1000))
    assert length(problems) == 20
  end

  test "fills in defaults and makes whole numbers integers, at every level" do
    schema =
      Schema.object(
        size: [type: :integer, default: 10],
        nested: [properties: [on: [type: :boolean, default: true]]],
        list: [type: :array, items: [type: :integer]]
      )

    assert {:ok, value} = Schema.validate(schema, %{"nested" => %{}, "list" => [1.0, 2]})
    assert value === %{"size" => 10, "nested" => %{"on" => true}, "list" => [1, 2]}
  end

  test "builds every keyword" do
    assert Schema.build(
             type: [:object, :null],
             properties: [
               a: [type: :number, exclusive_minimum: 0, multiple_of: 2, required: true]
             ],
             additional_properties: [type: :string],
             description: "d",
             examples: [%{a: :x}]
           ) == %{
             "type" => ["object", "null"],
             "properties" => %{
               "a" => %{"type" => "number", "exclusiveMinimum" => 0, "multipleOf" => 2}
             },
             "required" => ["a"],
             "additionalProperties" => %{"type" => "string"},
             "description" => "d",
             "examples" => [%{"a" => "x"}]
           }
  end

  test "refuses what it does not know" do
    assert_raise ArgumentError, ~r/unknown schema keyword :minimun/, fn ->
      Schema.object(a: [minimun: 1])
    end

    assert_raise ArgumentError, ~r/unknown schema type :int/, fn -> Schema.build(type: :int) end
    assert_raise ArgumentError, ~r/required/, fn -> Schema.object(a: [required: :yes]) end
  end

  test "lists keywords it would ignore, wherever they are" do
    schema = %{
      "oneOf" => [],
      "title" => "t",
      "properties" => %{"a/b" => %{"if" => true}},
      "items" => %{"contains" => 1}
    }

    assert Schema.unknown_keywords(schema) == ["/oneOf", "/properties/a~1b/if", "/items/contains"]
    assert Schema.unknown_keywords(true) == []
  end
end
