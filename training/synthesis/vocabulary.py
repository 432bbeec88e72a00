"""Word lists for synthetic charts: nouns of many fields, names, places, models, units, and formulas.

Only lists; how they become titles, labels and categories is training/synthesis/words.py's business.
"""

from __future__ import annotations


def _split(text: str) -> tuple[str, ...]:
    """Words of a block: separated by spaces, `_` standing for a space within one."""
    return tuple(word.replace("_", " ") for word in text.split())


QUANTITIES = _split("""
accuracy precision recall F1_score perplexity loss error_rate latency throughput memory_usage runtime speedup
inference_time training_time energy power voltage current resistance capacity efficiency temperature pressure humidity
rainfall wind_speed salinity density viscosity concentration pH absorbance turbidity dissolved_oxygen depth height
weight length width area volume mass velocity acceleration force torque stress strain frequency amplitude phase gain
distance displacement revenue sales profit cost price income expenditure budget margin turnover market_share demand
supply inventory growth inflation unemployment_rate interest_rate exchange_rate GDP debt investment exports imports
wages salary productivity population mortality fertility life_expectancy birth_rate incidence prevalence survival dose
response heart_rate blood_pressure cholesterol glucose body_mass_index recovery_time infection_rate vaccination_rate
satisfaction attendance enrolment graduation_rate test_score literacy crime_rate turnout approval votes views clicks
downloads subscribers followers shares conversion_rate bounce_rate sessions page_views installs active_users retention
churn goals points assists rebounds wins losses batting_average lap_time distance_covered yield biomass abundance
species_richness diversity_index emissions CO2_concentration electricity_generation consumption solar_output
carbon_intensity water_use waste recycling_rate forest_cover ice_extent sea_level traffic_volume passengers delay
fuel_economy mileage emissions_per_capita reward return regret value_loss entropy similarity distance_error BLEU ROUGE
mean_opinion_score reconstruction_error signal-to-noise_ratio bandwidth packet_loss bit_error_rate coverage hit_rate
win_rate success_rate pass_rate failure_rate completion_rate usage count frequency_of_use score rating rank
probability likelihood proportion share percentage index ratio number_of_cases number_of_samples sample_size batch_size
learning_rate number_of_parameters number_of_epochs sequence_length context_length token_count
""")

SUBJECTS = _split("""
students teachers patients households customers employees farmers voters companies hospitals schools cities regions
countries states provinces districts neighbourhoods airports ports stations factories farms forests rivers lakes oceans
glaciers islands reefs soils crops livestock fish birds mammals insects plants bacteria viruses cells proteins genes
enzymes antibodies neurons tissues organs tumours drugs vaccines therapies diets exercises smartphones laptops tablets
servers routers satellites sensors batteries turbines engines motors vehicles electric_cars buses trains bicycles
aircraft ships houses apartments offices shops restaurants hotels museums films books songs games podcasts newspapers
websites apps products brands services contracts projects teams leagues clubs players athletes languages models
datasets benchmarks tasks prompts images documents queries transactions loans stocks bonds funds currencies
""")

FIELDS = _split("""
Agriculture Manufacturing Construction Transport Energy Mining Retail Finance Insurance Health Education Tourism
Technology Media Housing Defence Research Marketing Operations Logistics Engineering Design Support Sales Legal
Finance_&_Accounting Human_Resources R&D IT Administration Biology Chemistry Physics Mathematics Economics History
Geography Psychology Sociology Law Medicine Philosophy Literature Music Art Statistics Linguistics Astronomy Geology
Ecology Genetics Neuroscience Robotics Cardiology Oncology Neurology Paediatrics Radiology Surgery Dermatology
Football Basketball Tennis Swimming Cycling Running Rowing Hockey Baseball Cricket Rugby Volleyball Golf Skiing Boxing
Coal Oil Natural_Gas Nuclear Hydro Wind Solar Biomass Geothermal Hydrogen Wheat Rice Maize Barley Soybean Potato
Cotton Sugar Coffee Tea Cocoa Milk Cheese Beef Pork Poultry Eggs Apples Bananas Oranges Grapes Tomatoes Onions Carrots
Rent Food Travel Clothing Utilities Entertainment Savings Healthcare Groceries Dining Fitness Subscriptions Gifts
Email Search Social_Media Direct Referral Display Paid_Search Organic Affiliates Video Radio Print Outdoor TV Online
Strongly_Agree Agree Neutral Disagree Strongly_Disagree Very_Low Low Medium High Very_High None Mild Moderate Severe
Bus Car Train Bicycle Walking Tram Ferry Plane Motorcycle Taxi Urban Suburban Rural Coastal Inland North South East
West Northeast Southeast Northwest Southwest Central Upper Lower Inner Outer Male Female Adults Children Seniors Teens
""")

ADJECTIVES = _split("""
average annual monthly weekly daily quarterly total mean median relative absolute normalized cumulative estimated
observed predicted expected actual adjusted global regional local national urban rural early late initial final peak
minimum maximum net gross real nominal public private domestic foreign primary secondary simulated measured active
overall per-capita seasonal long-term short-term cross-validated zero-shot few-shot fine-tuned pre-trained supervised
""")

METHODS = _split("""
Ours Ours_(full) Baseline Proposed Random Oracle Greedy Human Majority Ablation w/o_Attention w/_Pretraining Full_Model
ResNet-18 ResNet-50 ResNet-101 VGG-16 AlexNet DenseNet-121 MobileNetV2 EfficientNet-B0 ViT-B/16 ViT-L/14 Swin-T
ConvNeXt-S BERT BERT-base BERT-large RoBERTa DistilBERT ALBERT ELECTRA DeBERTa-v3 GPT-2 GPT-3.5 GPT-4 T5-small T5-base
LLaMA-7B LLaMA-13B Llama-2-70B Mistral-7B Mixtral-8x7B Qwen-7B Falcon-40B OPT-1.3B BLOOM-7B1 Vicuna-13B Alpaca-7B
Gemma-2B Phi-2 LSTM BiLSTM GRU TCN CNN RNN MLP GCN GAT GraphSAGE GIN Transformer Transformer-XL Longformer Performer
Mamba S4 U-Net YOLOv5 YOLOv8 Faster_R-CNN Mask_R-CNN DETR CLIP BLIP DINO MAE SimCLR MoCo_v2 BYOL VAE GAN DDPM DDIM
NeRF SVM SVR k-NN Naive_Bayes Decision_Tree Random_Forest XGBoost LightGBM CatBoost AdaBoost Logistic_Regression
Linear_Regression Ridge Lasso Elastic_Net Gaussian_Process PCA t-SNE UMAP K-means DBSCAN ARIMA Prophet DQN PPO A2C
A3C SAC TD3 DDPG TRPO REINFORCE MCTS UCB Thompson SGD Adam AdamW RMSprop Adagrad Momentum LoRA QLoRA Adapter Prefix
Full_FT Zero-shot Few-shot CoT Self-Consistency ReAct RAG BM25 TF-IDF DPR ColBERT FedAvg FedProx Dropout BatchNorm
LayerNorm Early_Stopping MixUp CutMix AutoAugment Beam_Search Top-k Nucleus Bootstrap Monte_Carlo MCMC Kalman
""")

DATASETS = _split("""
MNIST CIFAR-10 CIFAR-100 ImageNet SVHN COCO VOC Cityscapes ADE20K KITTI SQuAD GLUE SuperGLUE MNLI QNLI SST-2 QQP RTE
CoLA MRPC STS-B MMLU GSM8K MATH HumanEval MBPP ARC HellaSwag WinoGrande TruthfulQA BoolQ PIQA TriviaQA NQ HotpotQA
WMT14 IWSLT CNN/DM XSum LibriSpeech VoxCeleb Cora Citeseer PubMed Reddit ogbn-arxiv MovieLens Amazon Yelp IMDb AG_News
Atari Hopper Walker2d HalfCheetah Ant Humanoid ETTh1 ETTm2 Weather Traffic Electricity Exchange ILI
""")

PLACES = _split("""
Argentina Australia Austria Bangladesh Belgium Brazil Canada Chile China Colombia Croatia Czechia Denmark Egypt
Estonia Ethiopia Finland France Germany Ghana Greece Hungary Iceland India Indonesia Iran Ireland Israel Italy Japan
Kenya Latvia Lithuania Luxembourg Malaysia Mexico Morocco Nepal Netherlands New_Zealand Nigeria Norway Pakistan Peru
Philippines Poland Portugal Romania Russia Saudi_Arabia Serbia Singapore Slovakia Slovenia South_Africa South_Korea
Spain Sri_Lanka Sweden Switzerland Tanzania Thailand Tunisia Turkey Ukraine United_Kingdom United_States Uruguay
Vietnam USA UK EU Africa Asia Europe Oceania North_America South_America Middle_East Amsterdam Athens Bangkok Barcelona
Beijing Berlin Boston Brussels Budapest Cairo Chicago Copenhagen Delhi Dublin Geneva Hamburg Helsinki Istanbul Jakarta
Lagos Lima Lisbon London Los_Angeles Madrid Manila Melbourne Milan Montreal Moscow Mumbai Munich Nairobi New_York Oslo
Paris Prague Rio Rome San_Francisco Santiago Seattle Seoul Shanghai Stockholm Sydney Tokyo Toronto Vienna Warsaw Zurich
""")

MONTHS = _split("January February March April May June July August September October November December")
WEEKDAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
ELEMENTS = _split("H He Li C N O F Na Mg Al Si P S Cl K Ca Ti Cr Mn Fe Co Ni Cu Zn Ag Sn I Ba W Pt Au Hg Pb U")
COMPOUNDS = _split("CO2 CH4 N2O NO2 SO2 O3 NH3 PM2.5 PM10 H2O NaCl TiO2 SiO2 Al2O3 Fe2O3 ZnO LiFePO4 GaAs CaCO3 KOH")
UNITS = _split("""
% $ € £ km m cm mm kg g mg t s ms min h days years °C K Pa kPa bar V A W kW MW GWh kWh TWh J kJ Hz kHz MHz GB MB Mbps
dB ppm mg/L g/L mol/L m/s km/h m² km² ha people per_1000 per_100k million billion thousands USD EUR k$ M$ tokens/s
points pp a.u. log_scale units FPS TFLOPs
""")
CURVES = _split("""
Train Validation Test Training Testing Dev train val test Train_loss Val_loss Training_accuracy Validation_accuracy
In-domain Out-of-domain Clean Noisy Ground_truth Prediction Predicted Observed Simulated Measured Theory Experiment
Upper_bound Lower_bound Source Target Seen Unseen Source_only Before After Original Augmented Real Synthetic Ideal
1-shot 5-shot 10-shot Top-1 Top-5 Recall@1 Recall@10 mAP@50 Head Tail Forward Backward Mean Median Min Max Actual
Forecast Historical Scenario_A Scenario_B RCP_2.6 RCP_4.5 RCP_8.5 Budget Real_time Offline Online Serial Parallel
""")
GROUPS = _split("""
control treatment placebo drug_A drug_B low_dose high_dose wild_type knockout WT KO mutant sham vehicle baseline
week_0 week_4 week_12 healthy diseased smokers non-smokers cases controls exposed unexposed men women boys girls
adults adolescents infants elderly first_year second_year freshman sophomore junior senior undergraduate graduate
beginner intermediate expert novice freelancers full-time part-time self-employed retired tenants owners
""")
PHRASES = _split("""
customer_satisfaction product_quality delivery_time ease_of_use value_for_money after-sales_support brand_awareness
price_sensitivity time_to_market return_on_investment operating_income cost_of_goods net_promoter_score cloud_services
mobile_apps machine_learning deep_learning data_science computer_vision natural_language_processing speech_recognition
information_retrieval common_sense logical_reasoning math_word_problems code_generation question_answering
text_summarization machine_translation sentiment_analysis named_entity_recognition image_classification
object_detection semantic_segmentation instruction_following factual_accuracy creative_writing role_playing
heat_stress soil_moisture sea_surface_temperature air_quality water_quality land_use renewable_energy fossil_fuels
public_transport road_safety early_childhood higher_education mental_health physical_activity sleep_quality
no_opinion not_sure not_applicable somewhat_agree somewhat_disagree very_likely very_unlikely once_a_week every_day
missing_values wrong_format syntax_error logic_error timeout out_of_memory others unknown other
""")
FOREIGN = _split("""
Umsatz Größe Höhe Qualität Übung München Köln Düsseldorf Zürich Österreich Fläche Verkäufe Straße Gebühren Männer Frauen
Jänner März Schüler Lösung Énergie Été Année Évolution Qualité Région Île-de-France Élèves Santé Sécurité Économie
Février Août Décembre Précision Modèle Référence São_Paulo Málaga A_Coruña Łódź Kraków Gdańsk Reykjavík Malmö Göteborg
Tromsø Århus Bogotá Medellín Zaragoza León Brno Plzeň Québec Nîmes Besançon Señal Año Niños Población Açaí Türkiye
""")
FOREIGN_LABELS = _split("""
Umsatz_(Mio._€) Größe_(cm) Höhe_(m) Anzahl_der_Schüler Häufigkeit Temperatur_(°C) Zeit_(s) Geschwindigkeit_(km/h)
Jahr Anteil_in_% Spannung_(V) Température_(°C) Année Durée_(ms) Précision_(%) Fréquence Énergie_(kWh) Coût_(€)
Densité Población_(millones) Año Días Größenklasse Bevölkerung_(Tsd.) Prix_moyen_(€) Niveau_de_qualité
""")
FOREIGN_TITLES = _split("""
Umsatz_nach_Region Entwicklung_der_Bevölkerung Monatliche_Niederschläge Fehlerquote_je_Modell Häufigkeit_der_Größen
Évolution_des_températures Répartition_des_dépenses Précision_par_modèle Énergie_consommée_par_région
Población_por_provincia Évaluation_des_méthodes Größe_und_Gewicht Verkäufe_pro_Quartal Éléments_principaux
""")
NAMES = _split("""
Alice Bob Carol David Emma Frank Grace Henry Ivy Jack Kate Liam Mia Noah Olivia Paul Quinn Ruth Sam Tom Uma Victor Wendy
Xavier Yuki Zoe Anna Ben Clara Daniel Elena Felix Hannah Jonas Lena Lukas Marie Nina Oscar Peter Sofia Theo José André
""")
REMARKS = (
    "Peak", "Max", "Min", "Optimal", "Outlier", "Threshold", "Target", "Start", "Baseline", "Mean", "Crossover",
    "Record high", "Policy change", "Best", "Convergence", "Local minimum", "+12%", "Limit", "saturated",
    "steady state",
    "(a)", "(b)", "(c)", "A", "B", "Region I", "Region II", "stable", "unstable", "overfitting", "speed-up 2.3x",
    "$\\alpha = 0.5$", "$k = 3$", "$T = 300$ K", "lower is better", "higher is better", "better →", "Δ = 4.2",
    "−18 %",
)  # fmt: skip
MATH = (
    (
        "$R^2$ $\\alpha$ $\\beta$ $\\gamma$ $\\lambda$ $\\mu$ $\\sigma$ $\\theta$ $\\rho$ $\\epsilon$ $\\tau$ $x$ $y$ "
        "$t$ $f(x)$ $\\Delta T$ $\\log_{10}(x)$ $p(x)$ $\\sigma^2$ $x^2$ $\\sin(x)$ $\\cos(x)$ $e^{-x}$ $N$ $k$ "
        "$\\eta$ $\\chi^2$ $\\omega$ $T_c$ $v_0$ $\\|x\\|_2$ $10^3$"
    )
    .replace("$ $", "$\n$")
    .split("\n")
)
