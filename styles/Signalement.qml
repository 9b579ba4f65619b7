<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis hasScaleBasedVisibilityFlag="0" labelsEnabled="1" maxScale="0" minScale="100000000" readOnly="1" simplifyAlgorithm="0" simplifyDrawingHints="1" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1" styleCategories="LayerConfiguration|Symbology|Labeling|Fields|Forms|Actions|MapTips|AttributeTable|Rendering" symbologyReferenceScale="-1" version="3.22.0-Białowieża">
 <flags>
  <Identifiable>1</Identifiable>
  <Removable>1</Removable>
  <Searchable>1</Searchable>
  <Private>0</Private>
 </flags>
 <renderer-v2 attr="Statut" enableorderby="0" forceraster="0" referencescale="-1" symbollevels="1" type="categorizedSymbol">
  <categories>
   <category label="Reçu dans nos services" render="true" symbol="0" value="submit" />
   <category label="En demande de qualification" render="true" symbol="1" value="pending0" />
   <category label="En cours de traitement" render="true" symbol="2" value="pending" />
   <category label="En attente de saisie" render="true" symbol="3" value="pending1" />
   <category label="En attente de validation" render="true" symbol="4" value="pending2" />
   <category label="Pris en compte" render="true" symbol="5" value="valid" />
   <category label="Déjà pris en compte" render="true" symbol="6" value="valid0" />
   <category label="Rejeté (hors spéc.)" render="true" symbol="7" value="reject" />
   <category label="Rejeté (hors de propos)" render="true" symbol="8" value="reject0" />
   <category label="En mode test" render="true" symbol="9" value="test" />
   <category label="Autre statut" render="true" symbol="10" value="" />
  </categories>
  <symbols>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="0" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="9">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="9">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="44,157,223,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="1,65,238,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="1" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="8">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="8">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,224,0,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="218,172,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="10" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="10">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="star" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="4" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="10">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="214,0,147,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="star" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="99,0,68,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="4" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="2" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="7">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="7">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,240,165,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="215,188,77,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="3" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="6">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="6">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,187,0,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="218,172,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="4" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="5">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="5">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,127,0,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="filled_arrowhead" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="218,172,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="3.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="5" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="4">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="square" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="4">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="32,195,32,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="square" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="0,104,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="6" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="3">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="square" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="3">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="2,161,66,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="square" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="0,104,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="7" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="2">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="cross2" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="1.3" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="2">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,0,0,209" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="cross2" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,0,0,209" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.6" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="8" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="1">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="cross2" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="1.3" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="1">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,0,0,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="cross2" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,0,0,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.6" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="9" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="pentagon" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="158,158,158,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="pentagon" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="84,84,84,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="2.6" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
  </symbols>
  <rotation />
  <sizescale />
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style allowHtml="0" blendMode="0" capitalization="0" fieldName="&quot;NoSignalement&quot;" fontItalic="0" fontKerning="1" fontLetterSpacing="0" fontSize="8" fontSizeMapUnitScale="3x:0,0,0,0,0,0" fontSizeUnit="Point" fontStrikeout="0" fontUnderline="0" fontWeight="50" fontWordSpacing="0" isExpression="1" legendString="Aa" multilineHeight="1" previewBkgrdColor="255,255,255,255" textColor="32,33,36,255" textOpacity="1" textOrientation="horizontal" useSubstitutions="0">
    <families />
    <text-buffer bufferBlendMode="0" bufferColor="255,255,255,255" bufferDraw="1" bufferJoinStyle="128" bufferNoFill="1" bufferOpacity="1" bufferSize="0.90000000000000002" bufferSizeMapUnitScale="3x:0,0,0,0,0,0" bufferSizeUnits="MM" />
    <text-mask maskEnabled="0" maskJoinStyle="128" maskOpacity="1" maskSize="1.5" maskSizeMapUnitScale="3x:0,0,0,0,0,0" maskSizeUnits="MM" maskType="0" maskedSymbolLayers="" />
    <background shapeBlendMode="0" shapeBorderColor="128,128,128,255" shapeBorderWidth="0" shapeBorderWidthMapUnitScale="3x:0,0,0,0,0,0" shapeBorderWidthUnit="MM" shapeDraw="0" shapeFillColor="255,255,255,255" shapeJoinStyle="64" shapeOffsetMapUnitScale="3x:0,0,0,0,0,0" shapeOffsetUnit="MM" shapeOffsetX="0" shapeOffsetY="0" shapeOpacity="1" shapeRadiiMapUnitScale="3x:0,0,0,0,0,0" shapeRadiiUnit="MM" shapeRadiiX="0" shapeRadiiY="0" shapeRotation="0" shapeRotationType="0" shapeSVGFile="" shapeSizeMapUnitScale="3x:0,0,0,0,0,0" shapeSizeType="0" shapeSizeUnit="MM" shapeSizeX="0" shapeSizeY="0" shapeType="0">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="fillSymbol" type="fill">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleFill" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="border_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="color" type="QString" value="255,255,255,255" />
        <Option name="joinstyle" type="QString" value="bevel" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="128,128,128,255" />
        <Option name="outline_style" type="QString" value="no" />
        <Option name="outline_width" type="QString" value="0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="style" type="QString" value="solid" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </background>
    <shadow shadowBlendMode="6" shadowColor="0,0,0,255" shadowDraw="0" shadowOffsetAngle="135" shadowOffsetDist="1" shadowOffsetGlobal="1" shadowOffsetMapUnitScale="3x:0,0,0,0,0,0" shadowOffsetUnit="MM" shadowOpacity="0.69999999999999996" shadowRadius="1.5" shadowRadiusAlphaOnly="0" shadowRadiusMapUnitScale="3x:0,0,0,0,0,0" shadowRadiusUnit="MM" shadowScale="100" shadowUnder="0" />
    <dd_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </dd_properties>
    <substitutions />
   </text-style>
   <text-format addDirectionSymbol="0" autoWrapLength="0" decimals="3" formatNumbers="0" leftDirectionSymbol="&lt;" multilineAlign="3" placeDirectionSymbol="0" plussign="0" reverseDirectionSymbol="0" rightDirectionSymbol="&gt;" useMaxLineLengthForAutoWrap="1" wrapChar="" />
   <placement centroidInside="0" centroidWhole="0" dist="0" distMapUnitScale="3x:0,0,0,0,0,0" distUnits="MM" fitInPolygonOnly="0" geometryGenerator="" geometryGeneratorEnabled="0" geometryGeneratorType="PointGeometry" labelOffsetMapUnitScale="3x:0,0,0,0,0,0" layerType="UnknownGeometry" lineAnchorClipping="0" lineAnchorPercent="0.5" lineAnchorType="0" maxCurvedCharAngleIn="25" maxCurvedCharAngleOut="-25" offsetType="1" offsetUnits="MM" overrunDistance="0" overrunDistanceMapUnitScale="3x:0,0,0,0,0,0" overrunDistanceUnit="MM" placement="6" placementFlags="10" polygonPlacementFlags="2" predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR" preserveRotation="1" priority="5" quadOffset="4" repeatDistance="0" repeatDistanceMapUnitScale="3x:0,0,0,0,0,0" repeatDistanceUnits="MM" rotationAngle="0" rotationUnit="AngleDegrees" xOffset="0" yOffset="0" />
   <rendering displayAll="0" drawLabels="1" fontLimitPixelSize="0" fontMaxPixelSize="10000" fontMinPixelSize="0" labelPerPart="0" limitNumLabels="0" maxNumLabels="2000" mergeLines="0" minFeatureSize="0" obstacle="1" obstacleFactor="1" obstacleType="1" scaleMax="10000" scaleMin="0" scaleVisibility="1" unplacedVisibility="0" upsidedownLabels="0" zIndex="0" />
   <dd_properties>
    <Option type="Map">
     <Option name="name" type="QString" value="" />
     <Option name="properties" />
     <Option name="type" type="QString" value="collection" />
    </Option>
   </dd_properties>
  </settings>
 </labeling>
 <blendMode>0</blendMode>
 <featureBlendMode>0</featureBlendMode>
 <layerOpacity>1</layerOpacity>
 <fieldConfiguration>
  <field configurationFlags="None" name="id">
   <editWidget type="Hidden">
    <config>
     <Option />
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="NoSignalement">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Auteur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Commune">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Insee">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Département">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Département_id">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Date_création">
   <editWidget type="DateTime">
    <config>
     <Option type="Map">
      <Option name="allow_null" type="bool" value="true" />
      <Option name="calendar_popup" type="bool" value="false" />
      <Option name="display_format" type="QString" value="dd/MM/yyyy HH:mm" />
      <Option name="field_format" type="QString" value="yyyy-MM-dd HH:mm:ss" />
      <Option name="field_iso_format" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Date_MAJ">
   <editWidget type="DateTime">
    <config>
     <Option type="Map">
      <Option name="allow_null" type="bool" value="true" />
      <Option name="calendar_popup" type="bool" value="false" />
      <Option name="display_format" type="QString" value="dd/MM/yyyy HH:mm" />
      <Option name="field_format" type="QString" value="yyyy-MM-dd HH:mm:ss" />
      <Option name="field_iso_format" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Date_validation">
   <editWidget type="DateTime">
    <config>
     <Option type="Map">
      <Option name="allow_null" type="bool" value="true" />
      <Option name="calendar_popup" type="bool" value="false" />
      <Option name="display_format" type="QString" value="dd/MM/yyyy HH:mm" />
      <Option name="field_format" type="QString" value="yyyy-MM-dd HH:mm:ss" />
      <Option name="field_iso_format" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Thèmes">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Statut">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Statut_libellé">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Message">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Réponses">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="URL">
   <editWidget type="ExternalResource">
    <config>
     <Option type="Map">
      <Option name="DocumentViewer" type="int" value="0" />
      <Option name="DocumentViewerHeight" type="int" value="0" />
      <Option name="DocumentViewerWidth" type="int" value="0" />
      <Option name="FileWidget" type="bool" value="true" />
      <Option name="FileWidgetButton" type="bool" value="false" />
      <Option name="FileWidgetFilter" type="QString" value="" />
      <Option name="FullUrl" type="bool" value="true" />
      <Option name="RelativeStorage" type="int" value="0" />
      <Option name="StorageMode" type="int" value="0" />
      <Option name="UseLink" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="URL_privé">
   <editWidget type="ExternalResource">
    <config>
     <Option type="Map">
      <Option name="DocumentViewer" type="int" value="0" />
      <Option name="DocumentViewerHeight" type="int" value="0" />
      <Option name="DocumentViewerWidth" type="int" value="0" />
      <Option name="FileWidget" type="bool" value="true" />
      <Option name="FileWidgetButton" type="bool" value="false" />
      <Option name="FileWidgetFilter" type="QString" value="" />
      <Option name="FullUrl" type="bool" value="true" />
      <Option name="RelativeStorage" type="int" value="0" />
      <Option name="StorageMode" type="int" value="0" />
      <Option name="UseLink" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Document">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Autorisation">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Groupe">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Groupe_id">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Thème">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Attributs">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Auteur_id">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Validateur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Territoire">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Origine">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Version_origine">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Nb_réponses">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Nb_documents">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Nb_croquis">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Autres">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
 </fieldConfiguration>
 <aliases>
  <alias field="id" index="0" name="Identifiant" />
  <alias field="NoSignalement" index="1" name="N° du signalement" />
  <alias field="Auteur" index="2" name="Auteur" />
  <alias field="Commune" index="3" name="Commune" />
  <alias field="Insee" index="4" name="Code Insee" />
  <alias field="Département" index="5" name="Département" />
  <alias field="Département_id" index="6" name="Code du département" />
  <alias field="Date_création" index="7" name="Date de création" />
  <alias field="Date_MAJ" index="8" name="Dernière mise à jour" />
  <alias field="Date_validation" index="9" name="Date de clôture" />
  <alias field="Thèmes" index="10" name="Thème et attributs" />
  <alias field="Statut" index="11" name="Code du statut" />
  <alias field="Statut_libellé" index="12" name="Statut" />
  <alias field="Message" index="13" name="Message" />
  <alias field="Réponses" index="14" name="Réponses" />
  <alias field="URL" index="15" name="Page du signalement" />
  <alias field="URL_privé" index="16" name="Page privée" />
  <alias field="Document" index="17" name="Adresses des documents" />
  <alias field="Autorisation" index="18" name="Autorisation" />
  <alias field="Groupe" index="19" name="Groupe" />
  <alias field="Groupe_id" index="20" name="Identifiant du groupe" />
  <alias field="Thème" index="21" name="Thème" />
  <alias field="Attributs" index="22" name="Attributs du thème (JSON)" />
  <alias field="Auteur_id" index="23" name="Identifiant de l'auteur" />
  <alias field="Validateur" index="24" name="Clos par" />
  <alias field="Territoire" index="25" name="Territoire" />
  <alias field="Origine" index="26" name="Saisi avec" />
  <alias field="Version_origine" index="27" name="Version de l'outil de saisie" />
  <alias field="Nb_réponses" index="28" name="Nombre de réponses" />
  <alias field="Nb_documents" index="29" name="Nombre de documents" />
  <alias field="Nb_croquis" index="30" name="Nombre de croquis" />
  <alias field="Autres" index="31" name="Autres informations (JSON)" />
 </aliases>
 <defaults>
  <default applyOnUpdate="0" expression="" field="id" />
  <default applyOnUpdate="0" expression="" field="NoSignalement" />
  <default applyOnUpdate="0" expression="" field="Auteur" />
  <default applyOnUpdate="0" expression="" field="Commune" />
  <default applyOnUpdate="0" expression="" field="Insee" />
  <default applyOnUpdate="0" expression="" field="Département" />
  <default applyOnUpdate="0" expression="" field="Département_id" />
  <default applyOnUpdate="0" expression="" field="Date_création" />
  <default applyOnUpdate="0" expression="" field="Date_MAJ" />
  <default applyOnUpdate="0" expression="" field="Date_validation" />
  <default applyOnUpdate="0" expression="" field="Thèmes" />
  <default applyOnUpdate="0" expression="" field="Statut" />
  <default applyOnUpdate="0" expression="" field="Statut_libellé" />
  <default applyOnUpdate="0" expression="" field="Message" />
  <default applyOnUpdate="0" expression="" field="Réponses" />
  <default applyOnUpdate="0" expression="" field="URL" />
  <default applyOnUpdate="0" expression="" field="URL_privé" />
  <default applyOnUpdate="0" expression="" field="Document" />
  <default applyOnUpdate="0" expression="" field="Autorisation" />
  <default applyOnUpdate="0" expression="" field="Groupe" />
  <default applyOnUpdate="0" expression="" field="Groupe_id" />
  <default applyOnUpdate="0" expression="" field="Thème" />
  <default applyOnUpdate="0" expression="" field="Attributs" />
  <default applyOnUpdate="0" expression="" field="Auteur_id" />
  <default applyOnUpdate="0" expression="" field="Validateur" />
  <default applyOnUpdate="0" expression="" field="Territoire" />
  <default applyOnUpdate="0" expression="" field="Origine" />
  <default applyOnUpdate="0" expression="" field="Version_origine" />
  <default applyOnUpdate="0" expression="" field="Nb_réponses" />
  <default applyOnUpdate="0" expression="" field="Nb_documents" />
  <default applyOnUpdate="0" expression="" field="Nb_croquis" />
  <default applyOnUpdate="0" expression="" field="Autres" />
 </defaults>
 <constraints>
  <constraint constraints="0" exp_strength="0" field="id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="NoSignalement" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Auteur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Commune" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Insee" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Département" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Département_id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Date_création" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Date_MAJ" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Date_validation" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Thèmes" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Statut" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Statut_libellé" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Message" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Réponses" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="URL" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="URL_privé" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Document" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Autorisation" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Groupe" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Groupe_id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Thème" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Attributs" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Auteur_id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Validateur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Territoire" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Origine" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Version_origine" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Nb_réponses" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Nb_documents" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Nb_croquis" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Autres" notnull_strength="0" unique_strength="0" />
 </constraints>
 <constraintExpressions>
  <constraint desc="" exp="" field="id" />
  <constraint desc="" exp="" field="NoSignalement" />
  <constraint desc="" exp="" field="Auteur" />
  <constraint desc="" exp="" field="Commune" />
  <constraint desc="" exp="" field="Insee" />
  <constraint desc="" exp="" field="Département" />
  <constraint desc="" exp="" field="Département_id" />
  <constraint desc="" exp="" field="Date_création" />
  <constraint desc="" exp="" field="Date_MAJ" />
  <constraint desc="" exp="" field="Date_validation" />
  <constraint desc="" exp="" field="Thèmes" />
  <constraint desc="" exp="" field="Statut" />
  <constraint desc="" exp="" field="Statut_libellé" />
  <constraint desc="" exp="" field="Message" />
  <constraint desc="" exp="" field="Réponses" />
  <constraint desc="" exp="" field="URL" />
  <constraint desc="" exp="" field="URL_privé" />
  <constraint desc="" exp="" field="Document" />
  <constraint desc="" exp="" field="Autorisation" />
  <constraint desc="" exp="" field="Groupe" />
  <constraint desc="" exp="" field="Groupe_id" />
  <constraint desc="" exp="" field="Thème" />
  <constraint desc="" exp="" field="Attributs" />
  <constraint desc="" exp="" field="Auteur_id" />
  <constraint desc="" exp="" field="Validateur" />
  <constraint desc="" exp="" field="Territoire" />
  <constraint desc="" exp="" field="Origine" />
  <constraint desc="" exp="" field="Version_origine" />
  <constraint desc="" exp="" field="Nb_réponses" />
  <constraint desc="" exp="" field="Nb_documents" />
  <constraint desc="" exp="" field="Nb_croquis" />
  <constraint desc="" exp="" field="Autres" />
 </constraintExpressions>
 <expressionfields />
 <attributeactions>
  <actionsetting action="[% coalesce(try(if(coalesce(regexp_match(&quot;URL&quot;, '^https?://[^\\s]+$') &gt; 0, false), &quot;URL&quot;, ''), ''), '') %]" capture="0" icon=":/images/themes/default/mActionOpenTable.svg" id="{aa6735d5-b27d-53d7-9a48-df38f9662715}" isEnabledOnlyWhenEditable="0" name="Ouvrir la page du signalement" notificationMessage="" shortTitle="Page" type="5">
   <actionScope id="Canvas" />
   <actionScope id="Feature" />
   <actionScope id="Field" />
  </actionsetting>
  <actionsetting action="[% coalesce(try(if(coalesce(regexp_match(if(coalesce(regexp_match(trim(&quot;Document&quot;), '^https?://[^\\s]+$') &gt; 0, false), trim(&quot;Document&quot;), &quot;URL&quot;), '^https?://[^\\s]+$') &gt; 0, false), if(coalesce(regexp_match(trim(&quot;Document&quot;), '^https?://[^\\s]+$') &gt; 0, false), trim(&quot;Document&quot;), &quot;URL&quot;), ''), ''), '') %]" capture="0" icon=":/images/themes/default/mIconFile.svg" id="{ff3158fb-bf98-511f-91c3-a098a0d0e08e}" isEnabledOnlyWhenEditable="0" name="Ouvrir le document (la page s'il y en a plusieurs)" notificationMessage="" shortTitle="Document" type="5">
   <actionScope id="Canvas" />
   <actionScope id="Feature" />
   <actionScope id="Field" />
  </actionsetting>
 </attributeactions>
 <attributetableconfig actionWidgetStyle="dropDown" sortExpression="&quot;Date_MAJ&quot;" sortOrder="1">
  <columns>
   <column hidden="0" name="NoSignalement" type="field" width="140" />
   <column hidden="0" name="Statut_libellé" type="field" width="220" />
   <column hidden="0" name="Thème" type="field" width="150" />
   <column hidden="0" name="Message" type="field" width="320" />
   <column hidden="0" name="Commune" type="field" width="150" />
   <column hidden="0" name="Département" type="field" width="130" />
   <column hidden="0" name="Auteur" type="field" width="120" />
   <column hidden="0" name="Date_création" type="field" width="135" />
   <column hidden="0" name="Date_MAJ" type="field" width="160" />
   <column hidden="0" name="Date_validation" type="field" width="135" />
   <column hidden="0" name="Nb_réponses" type="field" width="160" />
   <column hidden="0" name="Nb_documents" type="field" width="170" />
   <column hidden="0" name="Nb_croquis" type="field" width="145" />
   <column hidden="0" name="Groupe" type="field" width="160" />
   <column hidden="0" name="Validateur" type="field" width="120" />
   <column hidden="0" name="Origine" type="field" width="110" />
   <column hidden="0" name="Statut" type="field" width="130" />
   <column hidden="0" name="URL" type="field" width="300" />
   <column hidden="1" name="id" type="field" width="-1" />
   <column hidden="1" name="Insee" type="field" width="-1" />
   <column hidden="1" name="Département_id" type="field" width="-1" />
   <column hidden="1" name="Thèmes" type="field" width="-1" />
   <column hidden="1" name="Réponses" type="field" width="-1" />
   <column hidden="1" name="URL_privé" type="field" width="-1" />
   <column hidden="1" name="Document" type="field" width="-1" />
   <column hidden="1" name="Autorisation" type="field" width="-1" />
   <column hidden="1" name="Groupe_id" type="field" width="-1" />
   <column hidden="1" name="Attributs" type="field" width="-1" />
   <column hidden="1" name="Auteur_id" type="field" width="-1" />
   <column hidden="1" name="Territoire" type="field" width="-1" />
   <column hidden="1" name="Version_origine" type="field" width="-1" />
   <column hidden="1" name="Autres" type="field" width="-1" />
   <column hidden="1" type="actions" width="-1" />
  </columns>
 </attributetableconfig>
 <conditionalstyles>
  <rowstyles />
  <fieldstyles>
   <fieldstyle fieldname="Statut_libellé">
    <style name="Reçu dans nos services" rule="&quot;Statut&quot; = 'submit'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="44,157,223,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="diamond" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="1,65,238,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="En demande de qualification" rule="&quot;Statut&quot; = 'pending0'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,224,0,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="filled_arrowhead" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="218,172,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="3.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="En cours de traitement" rule="&quot;Statut&quot; = 'pending'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,240,165,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="filled_arrowhead" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="215,188,77,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="3.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="En attente de saisie" rule="&quot;Statut&quot; = 'pending1'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,187,0,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="filled_arrowhead" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="218,172,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="3.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="En attente de validation" rule="&quot;Statut&quot; = 'pending2'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,127,0,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="filled_arrowhead" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="218,172,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="3.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="Pris en compte" rule="&quot;Statut&quot; = 'valid'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="32,195,32,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="square" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="0,104,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="Déjà pris en compte" rule="&quot;Statut&quot; = 'valid0'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="2,161,66,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="square" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="0,104,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="Rejeté (hors spéc.)" rule="&quot;Statut&quot; = 'reject'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,0,0,209" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="cross2" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="255,0,0,209" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.6" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="Rejeté (hors de propos)" rule="&quot;Statut&quot; = 'reject0'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="255,0,0,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="cross2" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="255,0,0,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.6" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="En mode test" rule="&quot;Statut&quot; = 'test'">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="158,158,158,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="pentagon" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="84,84,84,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="2.6" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
    <style name="Autre statut" rule="coalesce(&quot;Statut&quot;, '') NOT IN ('submit', 'pending0', 'pending', 'pending1', 'pending2', 'valid', 'valid0', 'reject', 'reject0', 'test')">
     <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="icon" type="marker">
      <data_defined_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </data_defined_properties>
      <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
       <Option type="Map">
        <Option name="angle" type="QString" value="0" />
        <Option name="cap_style" type="QString" value="round" />
        <Option name="color" type="QString" value="214,0,147,255" />
        <Option name="horizontal_anchor_point" type="QString" value="1" />
        <Option name="joinstyle" type="QString" value="round" />
        <Option name="name" type="QString" value="star" />
        <Option name="offset" type="QString" value="0,0" />
        <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="offset_unit" type="QString" value="MM" />
        <Option name="outline_color" type="QString" value="99,0,68,255" />
        <Option name="outline_style" type="QString" value="solid" />
        <Option name="outline_width" type="QString" value="0.2" />
        <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="outline_width_unit" type="QString" value="MM" />
        <Option name="scale_method" type="QString" value="diameter" />
        <Option name="size" type="QString" value="4" />
        <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
        <Option name="size_unit" type="QString" value="MM" />
        <Option name="vertical_anchor_point" type="QString" value="1" />
       </Option>
       <data_defined_properties>
        <Option type="Map">
         <Option name="name" type="QString" value="" />
         <Option name="properties" />
         <Option name="type" type="QString" value="collection" />
        </Option>
       </data_defined_properties>
      </layer>
     </symbol>
    </style>
   </fieldstyle>
  </fieldstyles>
 </conditionalstyles>
 <storedexpressions />
 <editform tolerant="1" />
 <editforminit />
 <editforminitcodesource>0</editforminitcodesource>
 <editforminitfilepath />
 <editforminitcode />
 <featformsuppress>0</featformsuppress>
 <editorlayout>tablayout</editorlayout>
 <attributeEditorForm>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Signalement" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="1" name="NoSignalement" showLabel="1" />
   <attributeEditorField index="12" name="Statut_libellé" showLabel="1" />
   <attributeEditorField index="21" name="Thème" showLabel="1" />
   <attributeEditorField index="13" name="Message" showLabel="1" />
   <attributeEditorField index="10" name="Thèmes" showLabel="1" />
   <attributeEditorField index="2" name="Auteur" showLabel="1" />
   <attributeEditorField index="19" name="Groupe" showLabel="1" />
   <attributeEditorField index="3" name="Commune" showLabel="1" />
   <attributeEditorField index="5" name="Département" showLabel="1" />
   <attributeEditorField index="7" name="Date_création" showLabel="1" />
   <attributeEditorField index="8" name="Date_MAJ" showLabel="1" />
   <attributeEditorField index="9" name="Date_validation" showLabel="1" />
   <attributeEditorField index="24" name="Validateur" showLabel="1" />
   <attributeEditorField index="15" name="URL" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Réponses" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorRelation forceSuppressFormPopup="0" label="" name="geocollab_reponses" nmRelationId="" relation="geocollab_reponses" relationWidgetTypeId="relation_editor" showLabel="0">
    <editor_configuration type="Map">
     <Option name="buttons" type="QString" value="NoButton" />
     <Option name="show_first_feature" type="bool" value="true" />
    </editor_configuration>
   </attributeEditorRelation>
   <attributeEditorField index="14" name="Réponses" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Documents" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorRelation forceSuppressFormPopup="0" label="" name="geocollab_documents" nmRelationId="" relation="geocollab_documents" relationWidgetTypeId="relation_editor" showLabel="0">
    <editor_configuration type="Map">
     <Option name="buttons" type="QString" value="NoButton" />
     <Option name="show_first_feature" type="bool" value="true" />
    </editor_configuration>
   </attributeEditorRelation>
   <attributeEditorField index="17" name="Document" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Croquis" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="30" name="Nb_croquis" showLabel="1" />
   <attributeEditorContainer columnCount="1" groupBox="1" name="Points et textes" showLabel="1" visibilityExpression="try(relation_aggregate('geocollab_croquis_point', 'count', 'geocollab_croquis_point' || &quot;id&quot;) &gt; 0, true)" visibilityExpressionEnabled="1">
    <attributeEditorRelation forceSuppressFormPopup="0" label="" name="geocollab_croquis_point" nmRelationId="" relation="geocollab_croquis_point" relationWidgetTypeId="relation_editor" showLabel="0">
     <editor_configuration type="Map">
      <Option name="buttons" type="QString" value="NoButton" />
      <Option name="show_first_feature" type="bool" value="true" />
     </editor_configuration>
    </attributeEditorRelation>
   </attributeEditorContainer>
   <attributeEditorContainer columnCount="1" groupBox="1" name="Lignes et flèches" showLabel="1" visibilityExpression="try(relation_aggregate('geocollab_croquis_ligne', 'count', 'geocollab_croquis_ligne' || &quot;id&quot;) &gt; 0, true)" visibilityExpressionEnabled="1">
    <attributeEditorRelation forceSuppressFormPopup="0" label="" name="geocollab_croquis_ligne" nmRelationId="" relation="geocollab_croquis_ligne" relationWidgetTypeId="relation_editor" showLabel="0">
     <editor_configuration type="Map">
      <Option name="buttons" type="QString" value="NoButton" />
      <Option name="show_first_feature" type="bool" value="true" />
     </editor_configuration>
    </attributeEditorRelation>
   </attributeEditorContainer>
   <attributeEditorContainer columnCount="1" groupBox="1" name="Polygones" showLabel="1" visibilityExpression="try(relation_aggregate('geocollab_croquis_polygone', 'count', 'geocollab_croquis_polygone' || &quot;id&quot;) &gt; 0, true)" visibilityExpressionEnabled="1">
    <attributeEditorRelation forceSuppressFormPopup="0" label="" name="geocollab_croquis_polygone" nmRelationId="" relation="geocollab_croquis_polygone" relationWidgetTypeId="relation_editor" showLabel="0">
     <editor_configuration type="Map">
      <Option name="buttons" type="QString" value="NoButton" />
      <Option name="show_first_feature" type="bool" value="true" />
     </editor_configuration>
    </attributeEditorRelation>
   </attributeEditorContainer>
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Détails" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="11" name="Statut" showLabel="1" />
   <attributeEditorField index="4" name="Insee" showLabel="1" />
   <attributeEditorField index="6" name="Département_id" showLabel="1" />
   <attributeEditorField index="25" name="Territoire" showLabel="1" />
   <attributeEditorField index="20" name="Groupe_id" showLabel="1" />
   <attributeEditorField index="23" name="Auteur_id" showLabel="1" />
   <attributeEditorField index="26" name="Origine" showLabel="1" />
   <attributeEditorField index="27" name="Version_origine" showLabel="1" />
   <attributeEditorField index="28" name="Nb_réponses" showLabel="1" />
   <attributeEditorField index="29" name="Nb_documents" showLabel="1" />
   <attributeEditorField index="16" name="URL_privé" showLabel="1" />
   <attributeEditorField index="18" name="Autorisation" showLabel="1" />
   <attributeEditorField index="22" name="Attributs" showLabel="1" />
   <attributeEditorField index="31" name="Autres" showLabel="1" />
  </attributeEditorContainer>
 </attributeEditorForm>
 <editable>
  <field editable="0" name="Attributs" />
  <field editable="0" name="Auteur" />
  <field editable="0" name="Auteur_id" />
  <field editable="0" name="Autorisation" />
  <field editable="0" name="Autres" />
  <field editable="0" name="Commune" />
  <field editable="0" name="Date_MAJ" />
  <field editable="0" name="Date_création" />
  <field editable="0" name="Date_validation" />
  <field editable="0" name="Document" />
  <field editable="0" name="Département" />
  <field editable="0" name="Département_id" />
  <field editable="0" name="Groupe" />
  <field editable="0" name="Groupe_id" />
  <field editable="0" name="Insee" />
  <field editable="0" name="Message" />
  <field editable="0" name="Nb_croquis" />
  <field editable="0" name="Nb_documents" />
  <field editable="0" name="Nb_réponses" />
  <field editable="0" name="NoSignalement" />
  <field editable="0" name="Origine" />
  <field editable="0" name="Réponses" />
  <field editable="0" name="Statut" />
  <field editable="0" name="Statut_libellé" />
  <field editable="0" name="Territoire" />
  <field editable="0" name="Thème" />
  <field editable="0" name="Thèmes" />
  <field editable="0" name="URL" />
  <field editable="0" name="URL_privé" />
  <field editable="0" name="Validateur" />
  <field editable="0" name="Version_origine" />
  <field editable="0" name="id" />
 </editable>
 <labelOnTop>
  <field labelOnTop="1" name="Attributs" />
  <field labelOnTop="0" name="Auteur" />
  <field labelOnTop="0" name="Auteur_id" />
  <field labelOnTop="0" name="Autorisation" />
  <field labelOnTop="1" name="Autres" />
  <field labelOnTop="0" name="Commune" />
  <field labelOnTop="0" name="Date_MAJ" />
  <field labelOnTop="0" name="Date_création" />
  <field labelOnTop="0" name="Date_validation" />
  <field labelOnTop="1" name="Document" />
  <field labelOnTop="0" name="Département" />
  <field labelOnTop="0" name="Département_id" />
  <field labelOnTop="0" name="Groupe" />
  <field labelOnTop="0" name="Groupe_id" />
  <field labelOnTop="0" name="Insee" />
  <field labelOnTop="1" name="Message" />
  <field labelOnTop="0" name="Nb_croquis" />
  <field labelOnTop="0" name="Nb_documents" />
  <field labelOnTop="0" name="Nb_réponses" />
  <field labelOnTop="0" name="NoSignalement" />
  <field labelOnTop="0" name="Origine" />
  <field labelOnTop="1" name="Réponses" />
  <field labelOnTop="0" name="Statut" />
  <field labelOnTop="0" name="Statut_libellé" />
  <field labelOnTop="0" name="Territoire" />
  <field labelOnTop="0" name="Thème" />
  <field labelOnTop="1" name="Thèmes" />
  <field labelOnTop="0" name="URL" />
  <field labelOnTop="0" name="URL_privé" />
  <field labelOnTop="0" name="Validateur" />
  <field labelOnTop="0" name="Version_origine" />
  <field labelOnTop="0" name="id" />
 </labelOnTop>
 <reuseLastValue />
 <dataDefinedFieldProperties />
 <widgets />
 <previewExpression>"NoSignalement" || ' – ' || coalesce("Thème", '')</previewExpression>
 <mapTip>&lt;div style="width:360px"&gt;
&lt;table width="100%" bgcolor="#ffffff" cellspacing="2" cellpadding="2" style="font-family:sans-serif;font-size:12px;color:#202124"&gt;
&lt;tr&gt;&lt;td colspan="2"&gt;&lt;b style="font-size:15px"&gt;Signalement n° [% coalesce(try(replace(replace(replace(replace(replace(to_string("NoSignalement"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), ''), '') %]&lt;/b&gt;&lt;/td&gt;&lt;/tr&gt;
&lt;tr&gt;&lt;td colspan="2"&gt;&lt;span style="font-size:17px;color:[% coalesce(try(CASE WHEN "Statut" = 'submit' THEN '#2c9ddf' WHEN "Statut" = 'pending0' THEN '#ffe000' WHEN "Statut" = 'pending' THEN '#fff0a5' WHEN "Statut" = 'pending1' THEN '#ffbb00' WHEN "Statut" = 'pending2' THEN '#ff7f00' WHEN "Statut" = 'valid' THEN '#20c320' WHEN "Statut" = 'valid0' THEN '#02a142' WHEN "Statut" = 'reject' THEN '#ff0000' WHEN "Statut" = 'reject0' THEN '#ff0000' WHEN "Statut" = 'test' THEN '#9e9e9e' ELSE '#d60093' END, ''), '') %]"&gt;&amp;#9679;&lt;/span&gt;&amp;nbsp;&lt;b&gt;[% coalesce(try(replace(replace(replace(replace(replace(to_string(coalesce(nullif("Statut_libellé", ''), "Statut", 'Statut inconnu')), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), ''), '') %]&lt;/b&gt;&lt;/td&gt;&lt;/tr&gt;
[% coalesce(try(if(trim(coalesce(to_string("Thème"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Thème&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("Thème"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string("Message"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td colspan="2" bgcolor="#f1f3f4"&gt;' || replace(replace(replace(replace(replace(replace(to_string(if(length("Message") &gt; 300, trim(left("Message", 300)) || '…', "Message")), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), '\n', '&lt;br&gt;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string("Auteur"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Auteur&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("Auteur"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string("Commune" || coalesce(' (' || "Département_id" || ')', '')), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Commune&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("Commune" || coalesce(' (' || "Département_id" || ')', '')), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(format_date("Date_création", 'dd/MM/yyyy HH:mm')), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Créé le&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string(format_date("Date_création", 'dd/MM/yyyy HH:mm')), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(format_date("Date_MAJ", 'dd/MM/yyyy HH:mm')), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Mis à jour le&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string(format_date("Date_MAJ", 'dd/MM/yyyy HH:mm')), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(format_date("Date_validation", 'dd/MM/yyyy HH:mm')), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Clos le&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string(format_date("Date_validation", 'dd/MM/yyyy HH:mm')), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(nullif("Nb_documents", 0)), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Documents&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string(nullif("Nb_documents", 0)), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(coalesce(try(array_last(relation_aggregate('geocollab_reponses', 'array_agg', coalesce("Auteur" || ' : ', '') || coalesce("Contenu", ''), order_by:="Ordre")), NULL), "Réponses")), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td colspan="2" bgcolor="#f1f3f4"&gt;&lt;span style="color:#5f6368"&gt;Dernière réponse&lt;/span&gt;&lt;br&gt;' || replace(replace(replace(replace(replace(replace(to_string(if(length(coalesce(try(array_last(relation_aggregate('geocollab_reponses', 'array_agg', coalesce("Auteur" || ' : ', '') || coalesce("Contenu", ''), order_by:="Ordre")), NULL), "Réponses")) &gt; 300, trim(left(coalesce(try(array_last(relation_aggregate('geocollab_reponses', 'array_agg', coalesce("Auteur" || ' : ', '') || coalesce("Contenu", ''), order_by:="Ordre")), NULL), "Réponses"), 300)) || '…', coalesce(try(array_last(relation_aggregate('geocollab_reponses', 'array_agg', coalesce("Auteur" || ' : ', '') || coalesce("Contenu", ''), order_by:="Ordre")), NULL), "Réponses"))), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), '\n', '&lt;br&gt;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
&lt;tr&gt;&lt;td colspan="2"&gt;[% coalesce(try(if(coalesce(regexp_match("URL", '^https?://[^\\s]+$') &gt; 0, false), '&lt;a href="' || replace(replace(replace(replace(replace(to_string("URL"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '"&gt;Ouvrir la page du signalement&lt;/a&gt;', ''), ''), '') %]&lt;/td&gt;&lt;/tr&gt;
&lt;/table&gt;
&lt;/div&gt;</mapTip>
 <layerGeometryType>0</layerGeometryType>
</qgis>
