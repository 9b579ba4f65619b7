<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis readOnly="1" styleCategories="LayerConfiguration|Fields|Forms|Actions|AttributeTable" version="3.22.0-Białowieża">
 <flags>
  <Identifiable>1</Identifiable>
  <Removable>1</Removable>
  <Searchable>1</Searchable>
  <Private>0</Private>
 </flags>
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
  <field configurationFlags="None" name="Titre">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Description">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Fichier">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Type_MIME">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Taille">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Largeur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Hauteur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Date">
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
  <field configurationFlags="None" name="URL_téléchargement">
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
 </fieldConfiguration>
 <aliases>
  <alias field="id" index="0" name="Identifiant" />
  <alias field="NoSignalement" index="1" name="N° du signalement" />
  <alias field="Titre" index="2" name="Titre" />
  <alias field="Description" index="3" name="Description" />
  <alias field="Fichier" index="4" name="Nom du fichier" />
  <alias field="Type_MIME" index="5" name="Type de fichier" />
  <alias field="Taille" index="6" name="Taille (octets)" />
  <alias field="Largeur" index="7" name="Largeur (pixels)" />
  <alias field="Hauteur" index="8" name="Hauteur (pixels)" />
  <alias field="Date" index="9" name="Date" />
  <alias field="URL" index="10" name="Consulter" />
  <alias field="URL_téléchargement" index="11" name="Télécharger" />
 </aliases>
 <defaults>
  <default applyOnUpdate="0" expression="" field="id" />
  <default applyOnUpdate="0" expression="" field="NoSignalement" />
  <default applyOnUpdate="0" expression="" field="Titre" />
  <default applyOnUpdate="0" expression="" field="Description" />
  <default applyOnUpdate="0" expression="" field="Fichier" />
  <default applyOnUpdate="0" expression="" field="Type_MIME" />
  <default applyOnUpdate="0" expression="" field="Taille" />
  <default applyOnUpdate="0" expression="" field="Largeur" />
  <default applyOnUpdate="0" expression="" field="Hauteur" />
  <default applyOnUpdate="0" expression="" field="Date" />
  <default applyOnUpdate="0" expression="" field="URL" />
  <default applyOnUpdate="0" expression="" field="URL_téléchargement" />
 </defaults>
 <constraints>
  <constraint constraints="0" exp_strength="0" field="id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="NoSignalement" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Titre" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Description" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Fichier" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Type_MIME" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Taille" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Largeur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Hauteur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Date" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="URL" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="URL_téléchargement" notnull_strength="0" unique_strength="0" />
 </constraints>
 <constraintExpressions>
  <constraint desc="" exp="" field="id" />
  <constraint desc="" exp="" field="NoSignalement" />
  <constraint desc="" exp="" field="Titre" />
  <constraint desc="" exp="" field="Description" />
  <constraint desc="" exp="" field="Fichier" />
  <constraint desc="" exp="" field="Type_MIME" />
  <constraint desc="" exp="" field="Taille" />
  <constraint desc="" exp="" field="Largeur" />
  <constraint desc="" exp="" field="Hauteur" />
  <constraint desc="" exp="" field="Date" />
  <constraint desc="" exp="" field="URL" />
  <constraint desc="" exp="" field="URL_téléchargement" />
 </constraintExpressions>
 <expressionfields />
 <attributeactions>
  <actionsetting action="[% coalesce(try(if(coalesce(regexp_match(coalesce(nullif(&quot;URL_téléchargement&quot;, ''), &quot;URL&quot;), '^https?://[^\\s]+$') &gt; 0, false), coalesce(nullif(&quot;URL_téléchargement&quot;, ''), &quot;URL&quot;), ''), ''), '') %]" capture="0" icon=":/images/themes/default/mIconFile.svg" id="{d43de233-7365-55fe-ad87-8c663f657e04}" isEnabledOnlyWhenEditable="0" name="Ouvrir le document" notificationMessage="" shortTitle="Document" type="5">
   <actionScope id="Canvas" />
   <actionScope id="Feature" />
   <actionScope id="Field" />
  </actionsetting>
 </attributeactions>
 <attributetableconfig actionWidgetStyle="dropDown" sortExpression="&quot;Date&quot;" sortOrder="1">
  <columns>
   <column hidden="0" name="NoSignalement" type="field" width="140" />
   <column hidden="0" name="Date" type="field" width="135" />
   <column hidden="0" name="Titre" type="field" width="220" />
   <column hidden="0" name="Fichier" type="field" width="220" />
   <column hidden="0" name="Type_MIME" type="field" width="130" />
   <column hidden="0" name="Taille" type="field" width="110" />
   <column hidden="0" name="URL_téléchargement" type="field" width="320" />
   <column hidden="1" name="id" type="field" width="-1" />
   <column hidden="1" name="Description" type="field" width="-1" />
   <column hidden="1" name="Largeur" type="field" width="-1" />
   <column hidden="1" name="Hauteur" type="field" width="-1" />
   <column hidden="1" name="URL" type="field" width="-1" />
   <column hidden="1" type="actions" width="-1" />
  </columns>
 </attributetableconfig>
 <conditionalstyles>
  <rowstyles />
  <fieldstyles />
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
  <attributeEditorContainer columnCount="1" groupBox="0" name="Document" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="2" name="Titre" showLabel="1" />
   <attributeEditorField index="3" name="Description" showLabel="1" />
   <attributeEditorField index="10" name="URL" showLabel="1" />
   <attributeEditorField index="11" name="URL_téléchargement" showLabel="1" />
   <attributeEditorField index="9" name="Date" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Détails" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="1" name="NoSignalement" showLabel="1" />
   <attributeEditorField index="4" name="Fichier" showLabel="1" />
   <attributeEditorField index="5" name="Type_MIME" showLabel="1" />
   <attributeEditorField index="6" name="Taille" showLabel="1" />
   <attributeEditorField index="7" name="Largeur" showLabel="1" />
   <attributeEditorField index="8" name="Hauteur" showLabel="1" />
  </attributeEditorContainer>
 </attributeEditorForm>
 <editable>
  <field editable="0" name="Date" />
  <field editable="0" name="Description" />
  <field editable="0" name="Fichier" />
  <field editable="0" name="Hauteur" />
  <field editable="0" name="Largeur" />
  <field editable="0" name="NoSignalement" />
  <field editable="0" name="Taille" />
  <field editable="0" name="Titre" />
  <field editable="0" name="Type_MIME" />
  <field editable="0" name="URL" />
  <field editable="0" name="URL_téléchargement" />
  <field editable="0" name="id" />
 </editable>
 <labelOnTop>
  <field labelOnTop="0" name="Date" />
  <field labelOnTop="1" name="Description" />
  <field labelOnTop="0" name="Fichier" />
  <field labelOnTop="0" name="Hauteur" />
  <field labelOnTop="0" name="Largeur" />
  <field labelOnTop="0" name="NoSignalement" />
  <field labelOnTop="0" name="Taille" />
  <field labelOnTop="0" name="Titre" />
  <field labelOnTop="0" name="Type_MIME" />
  <field labelOnTop="0" name="URL" />
  <field labelOnTop="0" name="URL_téléchargement" />
  <field labelOnTop="0" name="id" />
 </labelOnTop>
 <reuseLastValue />
 <dataDefinedFieldProperties />
 <widgets />
 <previewExpression>coalesce(nullif("Titre", ''), nullif("Fichier", ''), 'Document ' || "id")</previewExpression>
 <layerGeometryType>4</layerGeometryType>
</qgis>
