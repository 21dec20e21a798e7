//! What stands where in both documents.

use super::*;

#[test]
fn a_model_has_its_card() {
    let document = json(&of_model().cyclonedx().unwrap());
    let model = &document["metadata"]["component"];
    assert_eq!(model["type"], "machine-learning-model");
    insta::assert_snapshot!(serde_json::to_string_pretty(&model["modelCard"]).unwrap(), @r#"
    {
      "considerations": {
        "ethicalConsiderations": [
          {
            "name": "dataset hourly is declared to hold personal data"
          }
        ],
        "technicalLimitations": [
          "worse on holidays"
        ]
      },
      "modelParameters": {
        "approach": {
          "type": "supervised"
        },
        "datasets": [
          {
            "ref": "data:days"
          },
          {
            "ref": "data:hourly"
          }
        ],
        "inputs": [
          {
            "format": "temp: number"
          }
        ],
        "outputs": [
          {
            "format": "cnt: float [?, 1]"
          }
        ],
        "task": "regression"
      },
      "properties": [
        {
          "name": "plimsoll:rows:all",
          "value": "200"
        },
        {
          "name": "plimsoll:blocks:all",
          "value": "20"
        },
        {
          "name": "plimsoll:interval:wape:all",
          "value": "95 % (block boot-t)"
        },
        {
          "name": "plimsoll:rows:evening",
          "value": "200"
        },
        {
          "name": "plimsoll:blocks:evening",
          "value": "20"
        },
        {
          "name": "plimsoll:interval:wape:evening",
          "value": "95 % (block boot-t)"
        },
        {
          "name": "plimsoll:not-measured:r2:evening",
          "value": "there are no rows"
        }
      ],
      "quantitativeAnalysis": {
        "performanceMetrics": [
          {
            "confidenceInterval": {
              "lowerBound": "11.75",
              "upperBound": "12.75"
            },
            "type": "wape",
            "value": "12.25"
          },
          {
            "confidenceInterval": {
              "lowerBound": "20",
              "upperBound": "21"
            },
            "slice": "evening",
            "type": "wape",
            "value": "20.5"
          }
        ]
      }
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document["dependencies"]).unwrap(), @r#"
    [
      {
        "dependsOn": [
          "model:bike-demand@1.4.0"
        ],
        "ref": "image:example.org/bike-demand:1.4.0@sha256:6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"
      },
      {
        "dependsOn": [
          "data:days",
          "data:hourly",
          "base-model:org/base",
          "pkg:pypi/scipy@1.0"
        ],
        "ref": "model:bike-demand@1.4.0"
      },
      {
        "dependsOn": [],
        "ref": "pkg:pypi/numpy@2.0"
      },
      {
        "dependsOn": [
          "pkg:pypi/numpy@2.0"
        ],
        "ref": "pkg:pypi/scipy@1.0"
      }
    ]
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document["components"][2]).unwrap(), @r#"
    {
      "bom-ref": "data:hourly",
      "data": [
        {
          "contents": {
            "properties": [
              {
                "name": "plimsoll:digest",
                "value": "blake3:0186a1b318d224c753249a5a98c8fe6bc7e4224d8e62520a4967d08533027d97"
              },
              {
                "name": "plimsoll:bytes",
                "value": "12"
              },
              {
                "name": "plimsoll:source",
                "value": "simulate.py"
              },
              {
                "name": "plimsoll:personal-data",
                "value": "present"
              },
              {
                "name": "plimsoll:used-for",
                "value": "training"
              },
              {
                "name": "plimsoll:used-for",
                "value": "evaluation"
              }
            ]
          },
          "name": "hourly",
          "sensitiveData": [
            "personal data"
          ],
          "type": "dataset"
        }
      ],
      "hashes": [
        {
          "alg": "BLAKE3",
          "content": "0186a1b318d224c753249a5a98c8fe6bc7e4224d8e62520a4967d08533027d97"
        }
      ],
      "licenses": [
        {
          "acknowledgement": "declared",
          "expression": "LicenseRef-Gemma"
        }
      ],
      "name": "hourly",
      "type": "data",
      "version": "blake3:0186a1b3"
    }
    "#);
}

#[test]
fn a_model_is_related_to_what_it_was_made_of() {
    let document = json(&of_model().spdx().unwrap());
    let related: Vec<String> = document["relationships"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let end = |key: &str| {
                let id = it[key].as_str().unwrap();
                id.rsplit_once('-').filter(|(_, hash)| hash.len() == 16).map_or(id, |(id, _)| id)
            };
            let kind = it["relationshipType"].as_str().unwrap();
            let comment = it["comment"].as_str().map(|it| format!(" ({it})")).unwrap_or_default();
            format!("{} {kind} {}{comment}", end("spdxElementId"), end("relatedSpdxElement"))
        })
        .collect();
    insta::assert_snapshot!(related.join("\n"), @r"
    SPDXRef-DOCUMENT DESCRIBES SPDXRef-model-bike-demand-1.4.0
    SPDXRef-image-example.org-bike-demand-1.4.0-sha256-6105d6cc76af400325e94d588ce511be5bfdb CONTAINS SPDXRef-model-bike-demand-1.4.0 (the image ships the model)
    SPDXRef-data-days DATA_FILE_OF SPDXRef-model-bike-demand-1.4.0 (the run that made the model read this dataset)
    SPDXRef-model-bike-demand-1.4.0 GENERATED_FROM SPDXRef-data-hourly (the model was made of this dataset)
    SPDXRef-data-hourly DATA_FILE_OF SPDXRef-model-bike-demand-1.4.0 (the model was measured on this dataset)
    SPDXRef-model-bike-demand-1.4.0 DESCENDANT_OF SPDXRef-base-model-org-base (the model was made from this model)
    SPDXRef-model-bike-demand-1.4.0 DEPENDS_ON SPDXRef-pkg-pypi-scipy-1.0
    SPDXRef-pkg-pypi-scipy-1.0 DEPENDS_ON SPDXRef-pkg-pypi-numpy-2.0
    ");
    let notes: Vec<&str> = document["packages"][0]["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["comment"].as_str())
        .collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    run: a1
    commit: 0a1b
    owner: team-mobility
    input temp: number
    output cnt: float [?, 1]
    measured: wape 12.25 [11.75, 12.75] (95 %) on all 200 rows
    measured: wape 20.5 [20, 21] (95 %) on the 200 rows of slice evening
    not measured: r2 (there are no rows) on the 200 rows of slice evening
    limitation: worse on holidays
    ");
}

#[test]
fn every_package_is_reached_from_what_the_bill_is_of() {
    let one = |name: &str, needs: &[&str]| {
        needing(needs, Component::of(package(Ecosystem::PyPI, name, Some("1"))))
    };
    let circle = bill(vec![
        one("a", &["b", "a", "not-installed"]),
        one("b", &["c"]),
        one("c", &["a"]),
        one("top", &["leaf"]),
        one("leaf", &[]),
        Component::of(package(Ecosystem::PyPI, "silent", Some("1"))),
    ]);
    let document = json(&circle.cyclonedx().unwrap());
    let dependencies: Vec<String> = document["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{}: {}", it["ref"], it["dependsOn"]).replace("pkg:pypi/", ""))
        .collect();
    insta::assert_snapshot!(dependencies.join("\n"), @r#"
    "subject:requirements.lock": ["a@1","silent@1","top@1"]
    "a@1": ["b@1"]
    "b@1": ["c@1"]
    "c@1": ["a@1"]
    "leaf@1": []
    "top@1": ["leaf@1"]
    "#);
}
